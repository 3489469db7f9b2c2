"""The load of a soak: clients that repeatedly open a conversation, ask some questions and leave."""

import asyncio
import random
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from bench.conversations import open_tab
from bench.questions import Question, defects, draw
from bench.session import Session
from bench.tab import ReceivedAnswer, RefusedError, Tab
from bench.websocket import ClosedError

TABS_PER_OWNER = 10
MAX_QUESTIONS = 20
NEW_OWNER = 0.05
CUT_OFF, MIDDLE_OF_ANSWER = 0.2, 0.5
MAX_STAY = 0.3  # of a client that is cut off in the middle of an answer, in seconds
KEPT, MAX_KEPT = 0.1, 2
TWINS = 0.053  # share of visits, which makes 2 % of the answers
READ_BACK = 0.05
#: Time-outs: for an ack, for an answer's end, for any answer's end.
ACK_SECONDS, ANSWER_SECONDS, STUCK_SECONDS = 20.0, 60.0, 60.0
MAX_LOST, MAX_WRONG = 3, 200
POLL_SECONDS = 0.1
WRONG = (ClosedError, RefusedError, RuntimeError, TimeoutError, OSError)

Result = TypeVar("Result")


class StuckError(Exception):
    """The server no longer answers, or nearly all its answers are wrong."""


@dataclass
class Tally:
    """Counts of answers requested, over, lost and wrong, and the times to the first token."""

    fail: Callable[[str], None]
    goal: int = 0
    asked: int = 0
    over: int = 0
    lost: int = 0
    wrong: int = 0
    ended_at: float = field(default_factory=time.monotonic)
    first_tokens: list[float] = field(default_factory=list)

    def take(self, count: int = 1) -> bool:
        """Reserve `count` of the answers that are still to be requested. Returns False if there are fewer."""
        if self.asked + count > self.goal:
            return False
        self.asked += count
        return True

    def note_failure(self, failure: str) -> None:
        self.wrong += 1
        self.fail(failure)

    def check(self) -> None:
        """Raise StuckError if going on is useless."""
        if self.lost >= MAX_LOST:
            raise StuckError(
                f"{self.lost} answers had no end after {ANSWER_SECONDS:g} s, {self.over:,} answers are over"
            )
        if time.monotonic() - self.ended_at > STUCK_SECONDS:
            raise StuckError(f"no answer ended for {STUCK_SECONDS:g} s, {self.over:,} answers are over")
        if self.wrong >= MAX_WRONG:
            raise StuckError(f"{self.wrong} things went wrong, {self.over:,} answers are over")


class Crowd:
    """All clients, and the owners whose sessions they use."""

    def __init__(self, port: int, tabs: int, seed: int, fail: Callable[[str], None]) -> None:
        self.port = port
        self.tally = Tally(fail)
        self._owners: list[Session | None] = [None] * -(-tabs // TABS_PER_OWNER)
        self._clients = [Client(self, random.Random(f"{seed} {number}")) for number in range(tabs)]

    async def session(self, dice: random.Random) -> Session:
        """Return the session of a random owner, sometimes of a new one."""
        number = dice.randrange(len(self._owners))
        if self._owners[number] is None or dice.random() < NEW_OWNER:
            self._owners[number] = await asyncio.to_thread(Session, self.port)
        session = self._owners[number]
        assert session
        return session

    async def ask(self, count: int, step: int, at_step: Callable[[], Awaitable[None]]) -> None:
        """Request `count` answers, call `at_step` after every `step`, and close all tabs. Raises StuckError."""
        tally = self.tally
        tally.goal, tally.ended_at = tally.asked + count, time.monotonic()
        first, last = tally.over, tally.over + count
        visits = [asyncio.create_task(client.visit_again_and_again()) for client in self._clients]
        try:
            for due in [*range(first + step, last, step), last]:
                while tally.over < due and not all(visit.done() for visit in visits):
                    tally.check()
                    await asyncio.sleep(POLL_SECONDS)
                if due < last:
                    await at_step()
            await asyncio.gather(*visits)
            await at_step()
        finally:
            for visit in visits:
                visit.cancel()
            await asyncio.gather(*visits, return_exceptions=True)

    async def clear(self) -> None:
        """Delete the conversations that were kept."""
        for client in self._clients:
            try:
                await client.delete_kept(0)
            except WRONG as error:
                self.tally.note_failure(f"{type(error).__name__}: {error}")


class Client:
    """One client, which acts by its own random numbers."""

    def __init__(self, crowd: Crowd, dice: random.Random) -> None:
        self._crowd = crowd
        self._tally = crowd.tally
        self._dice = dice
        self._kept: deque[tuple[Session, str]] = deque()

    async def visit_again_and_again(self) -> None:
        while self._tally.asked < self._tally.goal:
            try:
                session = await self._crowd.session(self._dice)
                await (self._visit_as_twins(session) if self._dice.random() < TWINS else self._visit(session))
            except WRONG as error:
                self._tally.note_failure(f"{type(error).__name__}: {error}")

    async def delete_kept(self, limit: int) -> None:
        """Delete the oldest of the kept conversations until `limit` are left."""
        while len(self._kept) > limit:
            session, conversation_id = self._kept.popleft()
            await asyncio.to_thread(session.delete_conversation, conversation_id)

    async def _visit(self, session: Session) -> None:
        """Ask some questions in a new conversation."""
        conversation_id = await asyncio.to_thread(session.new_conversation)
        tab = await self._tab(session, conversation_id)
        is_cut_off = self._dice.random() < CUT_OFF
        try:
            for _ in range(self._dice.randint(1, MAX_QUESTIONS)):
                if self._tally.take():
                    await self._ask(tab, session, conversation_id, draw(self._dice), new_text())
            if is_cut_off and self._dice.random() < MIDDLE_OF_ANSWER and self._tally.take():
                await self._ask_and_wait_little(tab, conversation_id)
            if not is_cut_off:
                await within(ACK_SECONDS, tab.ask("close_conversation", conversation_id=conversation_id))
        finally:
            (tab.abort if is_cut_off else tab.close)()
        await self._put_away(session, conversation_id)

    async def _visit_as_twins(self, session: Session) -> None:
        """Ask one question in two conversations at the same time, so that their generations share a stream."""
        if not self._tally.take(2):
            return
        question, text = draw(self._dice), new_text()
        # The second answer runs to its end, even if the first is stopped.
        questions = (question, replace(question, stop_after=None))
        opened: list[tuple[str, Tab]] = []
        try:
            for _ in questions:
                conversation_id = await asyncio.to_thread(session.new_conversation)
                opened.append((conversation_id, await self._tab(session, conversation_id)))
            asking = [
                self._ask(tab, session, conversation_id, each, text)
                for (conversation_id, tab), each in zip(opened, questions, strict=True)
            ]
            await asyncio.gather(*asking)
        finally:
            for _, tab in opened:
                tab.close()
        for conversation_id, _ in opened:
            await self._put_away(session, conversation_id)

    async def _ask(self, tab: Tab, session: Session, conversation_id: str, question: Question, text: str) -> None:
        """Ask, stop the answer if the question says so, wait for its end, and check it."""
        try:
            sent = time.time()
            heard, generation_id = await send(tab, conversation_id, question.model, text)
            stopped = await stop(tab, generation_id, question.stop_after)
            end = await self._end(heard, question)
        finally:
            self._tally.over += 1
        entries = [entry for _, entry in heard.entries()]
        for wrong in defects(question, generation_id, entries, end):
            self._tally.note_failure(wrong)
        if stopped not in {None, end["status"]}:
            self._tally.note_failure(f"{question.model}: it ended as {end['status']}, its stop said {stopped}")
        if heard.frames and question.is_prompt:
            self._tally.first_tokens.append(heard.frames[0][0] - sent)
        if self._dice.random() < READ_BACK:
            saved = await asyncio.to_thread(session.last_message, conversation_id)
            if saved != end["message"]:
                self._tally.note_failure(
                    f"{question.model}: the stored message is not the one that was told at its end"
                )

    async def _end(self, heard: ReceivedAnswer, question: Question) -> dict[str, Any]:
        try:
            end = await within(ANSWER_SECONDS, heard.ended)
        except TimeoutError:
            self._tally.lost += 1
            raise TimeoutError(f"{question.model}: no end after {ANSWER_SECONDS:g} s") from None
        self._tally.ended_at = time.monotonic()
        return end

    async def _ask_and_wait_little(self, tab: Tab, conversation_id: str) -> None:
        """Ask, and return before the answer has ended, unless it is very short."""
        try:
            await send(tab, conversation_id, draw(self._dice).model, new_text())
            await asyncio.sleep(self._dice.uniform(0, MAX_STAY))
        finally:
            self._tally.over += 1

    async def _tab(self, session: Session, conversation_id: str) -> Tab:
        return await within(ACK_SECONDS, open_tab(self._crowd.port, session, conversation_id))

    async def _put_away(self, session: Session, conversation_id: str) -> None:
        """Delete a conversation at once or later."""
        self._kept.append((session, conversation_id))
        await self.delete_kept(MAX_KEPT if self._dice.random() < KEPT else 0)


async def send(tab: Tab, conversation_id: str, model: str, text: str) -> tuple[ReceivedAnswer, str]:
    """Send a question. Returns its answer, which is still to be received, and the generation's id."""
    heard = tab.listen()
    client_id = str(uuid.uuid4())
    sending = tab.ask(
        "send_message", conversation_id=conversation_id, client_message_id=client_id, content=text, model=model
    )
    _, ack = await within(ACK_SECONDS, sending)
    return heard, ack["generation_id"]


async def stop(tab: Tab, generation_id: str, after: float | None) -> str | None:
    """Stop an answer after some seconds, and return its status. `after` None: return None."""
    if after is None:
        return None
    await asyncio.sleep(after)
    _, ack = await within(ACK_SECONDS, tab.ask("stop_generation", generation_id=generation_id))
    status: str = ack["status"]
    return status


async def within(seconds: float, awaited: Awaitable[Result]) -> Result:
    """Wait for at most `seconds`. Raises TimeoutError.

    Until Python 3.12, `asyncio.wait_for` ignores a cancellation in the moment in which its result arrives.
    """
    async with asyncio.timeout(seconds):
        return await awaited


def new_text() -> str:
    """Return a question that has not been asked before."""
    return f"Count. {uuid.uuid4()}"
