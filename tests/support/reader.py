"""A conforming client's view of one conversation, by rule 4 of the protocol.

It takes events one by one, so that a test can put a bad network between it and the socket.
"""

import itertools
from collections.abc import Iterable
from typing import Any

from support.tab import Event, Tab

ENDS = "generation_ended"


class EntryLog:
    """The text of one generation: applies only the next entry, drops lower ones, keeps higher ones aside."""

    def __init__(self, message_id: str, content: str, reasoning: str) -> None:
        self.message_id, self.last, self.ended = message_id, 0, False
        self._stored, self._shown = content, {"text": "", "reasoning": reasoning}
        self._aside: dict[int, dict[str, Any]] = {}

    @property
    def content(self) -> str:
        return self._stored + self._shown["text"]

    @property
    def reasoning(self) -> str:
        return self._shown["reasoning"]

    def accept(self, entry: dict[str, Any]) -> str:
        """Apply an entry if it is the next; return "duplicate", "gap" or "next"."""
        if entry["seq"] <= self.last:
            return "duplicate"
        if entry["seq"] > self.last + 1:
            self._aside[entry["seq"]] = entry
            return "gap"
        self._apply(entry)
        self._drain()
        return "next"

    def accept_merged(self, entries: Iterable[dict[str, Any]], seq: int) -> None:
        """Apply the entries of a snapshot or a resume, which end at `seq`."""
        for entry in entries:
            self._apply(entry)
        self.last = max(self.last, seq)
        self._drain()

    def _apply(self, entry: dict[str, Any]) -> None:
        if entry.get("kind") == "text_was_reasoning":
            self._shown = {"text": "", "reasoning": self._shown["reasoning"] + self._shown["text"]}
        else:
            self._shown[entry.get("kind", "text")] += entry["text"]
        self.last = entry["seq"]

    def _drain(self) -> None:
        while (following := self._aside.pop(self.last + 1, None)) is not None:
            self._apply(following)
        self._aside = {seq: entry for seq, entry in self._aside.items() if seq > self.last}


class Reader:
    """A tab's view of one conversation."""

    def __init__(self, tab: Tab, conversation_id: str) -> None:
        self.tab, self.conversation_id = tab, conversation_id
        self.messages: dict[str, dict[str, Any]] = {}
        self.logs: dict[str, EntryLog] = {}
        self.revision = 0
        self.opened = self.resumed = 0
        self._next = len(tab.events)
        self.open()

    def open(self) -> None:
        """Take the snapshot; events that it covers are dropped."""
        ack = self.tab.ok("open_conversation", conversation_id=self.conversation_id, limit=500)
        self.opened += 1
        self.revision = ack["conversation"]["revision"]
        self.messages = {message["id"]: message for message in ack["messages"]}
        self.logs = {}
        for running in ack["running"]:
            self._begin(running["generation_id"], running["message_id"])
            self.logs[running["generation_id"]].accept_merged(running["entries"], running["seq"])

    def reconnect(self, tab: Tab) -> None:
        """Continue on another socket; the snapshot holds what was missed."""
        self.tab, self._next = tab, len(tab.events)
        self.open()

    @property
    def running(self) -> list[str]:
        return [generation for generation, log in self.logs.items() if not log.ended]

    def shown(self, message_id: str) -> str:
        """Return the text on the screen: stored, plus the log while the message runs."""
        for log in self.logs.values():
            if log.message_id == message_id and not log.ended:
                return log.content
        return self.messages[message_id]["content"]

    def take(self, event: Event) -> None:
        """Handle one fact."""
        if event.name == "token":
            self._take_token(event.payload)
        elif event.payload.get("conversation_id") == self.conversation_id and "revision" in event.payload:
            self._take_revised(event)

    def follow(self, channel: "Channel", *, silence: float = 0.25) -> None:
        """Take the events that the channel delivers until no generation runs."""
        while self.running:
            if (event := self.next_event(silence)) is None:
                for generation_id in self.running:
                    self._resume(generation_id)
            else:
                for carried in channel.carry(event):
                    self.take(carried)

    def drain(self, channel: "Channel") -> None:
        """Take the events so far through the channel."""
        while self._next < len(self.tab.events):
            self._next += 1
            for carried in channel.carry(self.tab.events[self._next - 1]):
                self.take(carried)

    def next_event(self, silence: float) -> Event | None:
        """Return the next event of the socket, or None after `silence` seconds without one."""
        position = self._next
        try:
            self.tab.wait_for(lambda tab: len(tab.events) > position, timeout=silence)
        except AssertionError:
            assert not self.tab.closed, "the server closed the socket"
            return None
        self._next += 1
        return self.tab.events[position]

    def _take_token(self, token: dict[str, Any]) -> None:
        generation_id = next((known for known in self.logs if known.endswith(token["id"])), None)
        if generation_id is None:
            known = [message["generation_id"] or "" for message in self.messages.values()]
            if not any(one.endswith(token["id"]) for one in known):
                self.open()
        elif self.logs[generation_id].accept(token) == "gap":
            self._resume(generation_id)

    def _take_revised(self, event: Event) -> None:
        revision = event.payload["revision"]
        if revision <= self.revision:
            return
        if revision > self.revision + 1:
            self.open()
            return
        self.revision = revision
        if event.name == "message_added":
            self.messages[event.payload["message"]["id"]] = event.payload["message"]
        elif event.name == "generation_started":
            self._begin(event.payload["generation_id"], event.payload["message_id"])
        elif event.name == ENDS:
            self._end(event.payload)

    def _begin(self, generation_id: str, message_id: str) -> None:
        stored = self.messages.get(message_id)
        content, reasoning = (stored["content"], stored["reasoning"] or "") if stored else ("", "")
        self.logs[generation_id] = EntryLog(message_id, content, reasoning)

    def _end(self, fact: dict[str, Any]) -> None:
        log = self.logs.get(fact["generation_id"])
        if log is None or log.ended:
            return
        if fact["seq"] > log.last + 1:
            self._resume(fact["generation_id"])
        else:
            self._finish(log, fact["message"])

    def _resume(self, generation_id: str) -> None:
        log = self.logs[generation_id]
        if log.ended:
            return
        ack = self.tab.ok("resume_generation", generation_id=generation_id, after=log.last)
        self.resumed += 1
        log.accept_merged(ack["entries"], ack["seq"])
        if ack["status"] != "running":
            self._finish(log, ack["message"])

    def _finish(self, log: EntryLog, message: dict[str, Any]) -> None:
        """End a generation; the assembled text must be the saved one (rule 3)."""
        assert log.content == message["content"], (log.content, message["content"])
        assert log.reasoning == (message["reasoning"] or "")
        log.ended = True
        self.messages[message["id"]] = message


class Channel:
    """A bad network between socket and reader: passes, drops, repeats or delays events by a plan."""

    def __init__(self, plan: Iterable[str] = ("pass",)) -> None:
        self._plan = itertools.cycle(plan)
        self._held: list[Event] = []

    def carry(self, event: Event) -> list[Event]:
        """Return the events that arrive now; a delayed event arrives after a later one, out of order."""
        action = next(self._plan)
        if action == "hold":
            self._held.append(event)
            return []
        held, self._held = self._held, []
        return {"pass": [event], "drop": [], "twice": [event, event]}[action] + held
