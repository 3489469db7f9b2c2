"""Sends one question and shows its answer, across lost connections."""

import contextlib
import time
import uuid
from collections.abc import Iterable
from typing import Any

from chatapp.terminal.entry_log import Entry, EntryLog
from chatapp.terminal.failure import STOPPED, UNREACHABLE, ConnectionLost, Failure, OutputLost, RequestRefused
from chatapp.terminal.interrupt import Interrupt
from chatapp.terminal.remarks import display_name
from chatapp.terminal.screen import Screen
from chatapp.terminal.server_connection import ServerConnection
from chatapp.terminal.session import Session

Message = dict[str, Any]

SILENCE = 5.0  # without a fact of a running generation, before the server is asked
GIVE_UP = 60.0  # without a connection
FIRST_DELAY, LONGEST_DELAY = 0.2, 2.0


class AnswerFollower:
    """Sends a question and shows the answer as it streams, by rule 4 of docs/protocol.md."""

    _connection: ServerConnection

    def __init__(self, session: Session, screen: Screen, interrupt: Interrupt, request: dict[str, Any]) -> None:
        self._session, self._screen, self._interrupt = session, screen, interrupt
        self._request = {**request, "client_message_id": str(uuid.uuid4())}
        self._ack: dict[str, Any] = {}  # the ack of send_message
        self._log = EntryLog()
        self._shown_characters = 0  # characters of the content
        self._stop_sent = False
        self._final_message: Message | None = None
        self._lost_at: float | None = None
        self._delay = FIRST_DELAY

    def follow(self) -> Message:
        """Show the answer to its end, and return its stored message."""
        try:
            while self._final_message is None:
                try:
                    with contextlib.closing(ServerConnection(self._session, self._interrupt)) as self._connection:
                        self._listen()
                except ConnectionLost as lost:
                    self._wait_to_reconnect(lost)
        finally:
            self._screen.end_line()
        return self._final_message

    @property
    def conversation_id(self) -> str | None:
        """Return the question's conversation, or None before the ack."""
        return self._ack["conversation"]["id"] if self._ack else None

    def _listen(self) -> None:
        try:
            self._join()
            while self._final_message is None:
                if self._interrupt.is_requested and not self._stop_sent:
                    self._stop()
                if fact := self._connection.next_fact(self._silent_at - time.monotonic()):
                    self._handle_fact(*fact)
                if self._log.has_gap or time.monotonic() >= self._silent_at:
                    self._catch_up()
        except OutputLost:
            with contextlib.suppress(ConnectionLost, Failure):
                self._stop()  # nobody reads the answer: do not pay for the rest
            raise

    def _join(self) -> None:
        """Send the question (again), or continue with its answer after a lost connection."""
        if self._ack:
            self._open()
        else:
            self._ack = self._send_question()
            self._session.remember(self._ack["conversation"]["id"])
        self._note_activity()
        was_lost = self._lost_at is not None
        self._lost_at, self._delay = None, FIRST_DELAY
        if was_lost:
            self._screen.write_note("connected again")
            self._catch_up()

    def _send_question(self) -> dict[str, Any]:
        try:
            return self._connection.command("send_message", **self._request)
        except RequestRefused as refused:
            if refused.code == "unavailable":  # the server is stopping; another may start
                raise ConnectionLost(str(refused)) from refused
            raise

    def _handle_fact(self, name: str, fact: dict[str, Any]) -> None:
        """Handle one fact. Ignore other generations of the conversation."""
        if self._ack["generation_id"] not in {fact.get("id"), fact.get("generation_id")}:
            return
        self._note_activity()
        if name == "token":
            self._show_entries(self._log.accept({"kind": "text", **fact}))
        elif name == "generation_ended":
            self._show_entries(self._log.accept({"kind": "end", **fact}))
        elif name == "generation_started":
            self._screen.write_note(display_name(fact["model"]) + (" (from the cache)" if fact["cached"] else ""))

    def _show_entries(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if entry["kind"] == "text":
                self._screen.write_answer(entry["text"])
                self._shown_characters += len(entry["text"])
            elif entry["kind"] == "reasoning":
                self._screen.write_reasoning(entry["text"])
            elif entry["kind"] == "text_was_reasoning":
                if self._shown_characters:
                    self._screen.disown_answer()
                self._shown_characters = 0
            elif entry["kind"] == "end":
                self._finish(entry["message"])

    def _finish(self, message: Message) -> None:
        """Show the part of the stored message that was not streamed: the log may be gone."""
        self._screen.write_answer(message["content"][self._shown_characters :])
        self._shown_characters = len(message["content"])
        self._final_message = message

    def _catch_up(self) -> None:
        """Fetch the missing entries, or the stored message if the log is gone."""
        try:
            state = self._connection.command(
                "resume_generation", generation_id=self._ack["generation_id"], after=self._log.last
            )
        except RequestRefused as refused:
            message = self._open() if refused.code == "not_found" else None
            if message is None or message["status"] == "running":
                raise
            self._finish(message)
            return
        self._note_activity()
        self._show_entries(self._log.fill(state["entries"], state["seq"]))
        if state["status"] != "running":
            self._finish(state["message"])

    def _open(self) -> Message:
        """Join the conversation's room, and return the answer's message."""
        opened = self._connection.command(
            "open_conversation",
            conversation_id=self._ack["conversation"]["id"],
            leaf_id=self._ack["assistant_message_id"],
            limit=1,
        )
        message: Message = opened["messages"][-1]
        return message

    def _stop(self) -> None:
        self._connection.command("stop_generation", generation_id=self._ack["generation_id"])
        self._stop_sent = True

    def _note_activity(self) -> None:
        self._silent_at = time.monotonic() + SILENCE

    def _wait_to_reconnect(self, lost: ConnectionLost) -> None:
        if self._lost_at is None:
            self._lost_at = time.monotonic()
            self._screen.write_note("connection lost; trying again ...")
        if self._interrupt.is_requested:
            raise Failure(f"Left without a connection. {self._describe_state()}", STOPPED)
        if time.monotonic() - self._lost_at > GIVE_UP:
            raise Failure(f"No connection for {GIVE_UP:.0f} s ({lost}). {self._describe_state()}", UNREACHABLE)
        self._interrupt.wait(self._delay)
        self._delay = min(2 * self._delay, LONGEST_DELAY)

    def _describe_state(self) -> str:
        if not self._ack:
            return "The server may not have got the question."
        return f"The answer is kept: {self._session.server}/c/{self._ack['conversation']['id']}"
