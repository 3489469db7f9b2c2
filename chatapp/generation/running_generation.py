"""A generation that runs in this process: its buffer, its stream, and how far it is."""

import math
import time

from chatapp.chat.jobs import GenerationJob
from chatapp.generation.chunk_buffer import ChunkBuffer
from chatapp.generation.shared_streams import ProviderStream
from chatapp.server import concurrency
from chatapp.storage.token_log import TEXT_WAS_REASONING


class RunningGeneration:
    """A generation that runs in this process."""

    def __init__(self, job: GenerationJob) -> None:
        self.job = job
        self.buffer = ChunkBuffer()
        self.ended = concurrency.Event()
        self.stream: ProviderStream | None = None
        self.seq = 0
        self.bytes = 0
        self.started_at = time.monotonic()
        #: Seconds from the start until the provider request, the first token, and the first text after reasoning.
        self.queued: float | None = None
        self.first_token: float | None = None
        self.first_text: float | None = None
        self.has_text = False
        self._has_reasoning = False
        #: The bytes for which the reserve is enough.
        self.covered = job.reserved.covers if job.reserved and not job.cached else math.inf

    def timings(self) -> dict[str, int | None]:
        """Return the timings of the message, in milliseconds."""
        first_text = {"first_text_ms": _milliseconds(self.first_text)} if self.first_text is not None else {}
        return {
            "queued_ms": _milliseconds(self.queued),
            "first_token_ms": _milliseconds(self.first_token),
            **first_text,
            "total_ms": _milliseconds(time.monotonic() - self.started_at),
        }

    def time_first_text(self, kind: str) -> None:
        """Set `first_text` at the first piece of text after reasoning, and `has_text`. `kind`: of the next piece."""
        if kind == TEXT_WAS_REASONING:
            self._has_reasoning, self.has_text, self.first_text = True, False, None
        elif kind == "reasoning":
            self._has_reasoning = True
        else:
            self.has_text = True
            if self._has_reasoning and self.first_text is None:
                self.first_text = time.monotonic() - self.started_at


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
