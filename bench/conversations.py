"""Conversations with their tabs, for benchmarks with answers in all of them at once."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.session import Session
from bench.tab import Tab

CONVERSATIONS_PER_OWNER = 10
# In real life answers do not start at the same time; if they did here, all their tokens would share commits.
STAGGER_SECONDS = 1.0

Result = TypeVar("Result")


@dataclass
class Conversation:
    """A conversation, the tabs that have it open, and a unique question."""

    id: str
    session: Session
    tabs: list[Tab]
    question: str

    async def ask(self, model: str) -> None:
        """Send the question from the first tab."""
        client_id = str(uuid.uuid4())
        await self.tabs[0].ask(
            "send_message", conversation_id=self.id, client_message_id=client_id, content=self.question, model=model
        )

    def saved_text(self) -> str:
        """Return the stored answer."""
        text: str = self.session.last_message(self.id)["content"]
        return text

    def defects(self) -> list[str]:
        """Return the tabs' defects: each must have every entry once, in order, and together the stored text."""
        saved = self.saved_text()
        wrong = []
        for number, tab in enumerate(self.tabs, 1):
            entries = [entry for _, entry in tab.heard.entries()]
            end = tab.heard.ended.result()
            if [entry["seq"] for entry in entries] != list(range(1, end["seq"])):
                wrong.append(f"tab {number} of {self.id} did not get every entry once and in order")
            if "".join(entry["text"] for entry in entries) != saved or end["status"] != "complete":
                wrong.append(f"tab {number} of {self.id} does not show the saved text ({end['status']})")
        return wrong


async def open_conversations(port: int, count: int, tabs: int) -> list[Conversation]:
    """Open conversations of several owners. Every tab has joined its room when this returns."""
    opened: list[Conversation] = []
    for number in range(count):
        session = opened[-1].session if number % CONVERSATIONS_PER_OWNER else Session(port)
        conversation_id = session.new_conversation()
        connected = [await open_tab(port, session, conversation_id) for _ in range(tabs)]
        opened.append(Conversation(conversation_id, session, connected, f"Count. {uuid.uuid4()}"))
    return opened


async def open_tab(port: int, session: Session, conversation_id: str) -> Tab:
    """Connect a tab and open a conversation in it."""
    tab = await Tab.connect(port, session.cookie)
    await tab.ask("open_conversation", conversation_id=conversation_id)
    return tab


async def stagger(starts: Sequence[Awaitable[Result]]) -> list[Result]:
    """Start each after its own delay of up to a second, the same at every run. Returns the results."""
    dice = random.Random(len(starts))

    async def later(seconds: float, start: Awaitable[Result]) -> Result:
        await asyncio.sleep(seconds)
        return await start

    return await asyncio.gather(*(later(dice.uniform(0, STAGGER_SECONDS), start) for start in starts))
