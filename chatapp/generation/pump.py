"""The pump: moves what the answers of this process have gathered to the log and the tabs, all of them together.

One task for all: an answer costs no switch of its own for each of its tokens.
"""

import math
import time
from collections.abc import Sequence

from chatapp.config import Settings
from chatapp.errors import ProviderError
from chatapp.generation.running_generation import RunningGeneration
from chatapp.protocol.facts import token_payload
from chatapp.realtime import broadcasts
from chatapp.server import concurrency, metrics
from chatapp.storage.token_log import TEXT_WAS_REASONING, Entry, TokenLog

MAX_FLUSH_SECONDS = 0.15  # so that a killed server loses at most the last 200 ms
#: The least time from one commit to the next: an idle pump commits at once.
COMMIT_SECONDS = 0.005
#: How long the pump holds the loop while it emits.
TURN_SECONDS = 0.002


class Flow:
    """One answer in the pump. Its runner waits for `attention`: the end, an error, or what changes its patience."""

    def __init__(self, running: RunningGeneration, pump: "Pump", answer_seconds: float) -> None:
        self.running = running
        self.attention = concurrency.Event()
        self.error: Exception | None = None
        self.is_over = self.is_held = False
        self.moved_at = time.monotonic()
        self.deadline = running.started_at + answer_seconds
        self._stage = self._stages()
        #: When the next flush may be, and whether the pump knows that there is something for it.
        self.due_at = 0.0
        self.is_listed = False
        self._pump = pump

    def wake(self) -> None:
        """Tell the pump of a chunk or the end. Called for each of them."""
        if not (self.is_listed or self.is_held):
            self.is_listed = True
            self._pump.add(self)

    def release(self) -> None:
        """Let the pump go on after `attention`."""
        self.attention = concurrency.Event()
        if self.is_held:
            self.is_held = False
            self.wake()

    def collect(self, flush_seconds: float) -> list[Entry]:
        """Return the entries of what has been gathered, as far as the bound of the answer's size allows."""
        running = self.running
        pieces = running.buffer.pop()
        if not pieces:
            return []
        self.moved_at = time.monotonic()
        self.due_at = self.moved_at + flush_seconds
        if running.first_token is None:
            running.first_token = self.moved_at - running.started_at
            metrics.first_token_seconds.observe(running.first_token)
        return [entry for kind, text in pieces if (entry := self._entry(kind, text))]

    def _entry(self, kind: str, text: str) -> Entry | None:
        """Return the next entry, cut at the bound of bytes; None for what comes after that."""
        if self.error:
            return None
        running, job = self.running, self.running.job
        encoded = text.encode()
        bytes_left = job.max_bytes - running.bytes
        if len(encoded) > bytes_left:
            text = encoded[:bytes_left].decode(errors="ignore")
            n = f"{job.stored_bytes + job.max_bytes:,}"
            self.error = ProviderError("too_large", "The answer reached {n} bytes and was stopped.", n=n)
        if not text and kind != TEXT_WAS_REASONING:
            return None
        running.time_first_text(kind)
        running.seq += 1
        running.bytes += len(encoded)
        return Entry(job.generation_id, running.seq, kind, text)

    def settle(self) -> None:
        """After the entries have been emitted: see whether the runner is needed, or the pump again."""
        buffer = self.running.buffer
        self.is_over = buffer.is_closed and not buffer.has_pieces
        is_spent = self.running.bytes > self.running.covered or self.moved_at > self.deadline
        self.is_held = bool(self.error) or self.is_over or is_spent
        stage, self._stage = self._stage, self._stages()
        if self.is_held or stage != self._stage:
            self.attention.set()
        if buffer.has_pieces:
            self.wake()

    def _stages(self) -> tuple[bool, bool]:
        """Return whether the first token, and all of the text, have come: the runner waits differently for the next."""
        return self.running.first_token is not None, self.running.buffer.has_all_text


class Pump:
    """All answers of this process that stream."""

    def __init__(self, settings: Settings, token_log: TokenLog) -> None:
        self._settings = settings
        self._log = token_log
        self._open = 0
        self._is_running = False
        self._listed: list[Flow] = []
        self._news = concurrency.Event()
        #: When the pump next looks by itself, and when it may next commit.
        self._looks_at = math.inf
        self._free_at = 0.0

    def open(self, running: RunningGeneration) -> Flow:
        """Begin to move an answer's pieces. `close` has to follow."""
        flow = Flow(running, self, self._settings.answer_seconds)
        self._open += 1
        if not self._is_running:
            self._is_running = True
            concurrency.spawn(self._run)
        running.buffer.listen(flow.wake)
        return flow

    def close(self, flow: Flow) -> None:
        flow.is_held = True
        flow.running.buffer.listen(None)
        self._open -= 1
        if not self._open:
            self._news.set()

    def add(self, flow: Flow) -> None:
        """Note an answer that has something to move."""
        self._listed.append(flow)
        if flow.due_at < self._looks_at:
            self._news.set()

    def _run(self) -> None:
        while self._open:
            now = time.monotonic()
            if self._listed and self._free_at > now:
                self._looks_at = -math.inf  # whatever comes meanwhile goes with it
                self._wait(self._free_at - now)
                continue
            self._looks_at = min((flow.due_at for flow in self._listed), default=math.inf)
            if self._looks_at > now:
                self._wait(self._looks_at - now)
                continue
            self._looks_at = -math.inf
            listed, self._listed = self._listed, []
            due: list[Flow] = []
            for flow in listed:
                (due if flow.due_at <= now else self._listed).append(flow)
            self._move(due)
        self._is_running = False

    def _wait(self, seconds: float) -> None:
        self._news = concurrency.Event()
        self._news.wait(None if seconds == math.inf else seconds)

    def _move(self, flows: list[Flow]) -> None:
        """Commit the entries of these answers in one transaction, then emit them."""
        flush_seconds = self._flush_seconds()
        moved = []
        for flow in flows:
            flow.is_listed = False
            moved.append((flow, flow.collect(flush_seconds)))
        entries = [entry for _, some in moved for entry in some]
        errors = self._append(entries) if entries else {}
        turn = concurrency.Turn(TURN_SECONDS)
        for flow, some in moved:
            flow.error = errors.get(flow.running.job.generation_id) or _emit(flow, some) or flow.error
            flow.settle()
            turn.give()

    def _append(self, entries: Sequence[Entry]) -> dict[str, Exception]:
        """Store entries. Returns the errors of generations whose entries were not stored."""
        try:
            return self._log.append(entries)
        except Exception as error:  # noqa: BLE001 (these answers fail with it, and the pump goes on)
            return dict.fromkeys((entry.generation_id for entry in entries), error)
        finally:
            self._free_at = time.monotonic() + COMMIT_SECONDS

    def _flush_seconds(self) -> float:
        """Return the flush interval: longer under load, since fewer, larger entries cost less."""
        return min(self._settings.flush_ms / 1000 * max(1.0, self._open / 100), MAX_FLUSH_SECONDS)


def _emit(flow: Flow, entries: Sequence[Entry]) -> Exception | None:
    """Emit an answer's entries. Returns the error with which it fails, if any; the others go on."""
    try:
        for entry in entries:
            payload = token_payload(entry.generation_id, entry.seq, entry.kind, entry.text)
            broadcasts.token(flow.running.job.conversation_id, payload)
    except Exception as error:  # noqa: BLE001
        return error
    return None
