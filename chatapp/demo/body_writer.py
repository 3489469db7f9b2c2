"""Writes one streamed body: each event when it is due."""

import random
import time
from collections.abc import Iterator

from chatapp.demo.answer_plan import AnswerPlan
from chatapp.demo.call_log import CallRecord
from chatapp.demo.client_connection import ClientConnection
from chatapp.demo.stream_events import TOKENS, StreamEvent

BATCH_BYTES = 32 * 1024
LAST_CHUNK = b"0\r\n\r\n"


class ChunkedBody:
    """Collects the events that are due, and writes them at once."""

    def __init__(self, connection: ClientConnection, call: CallRecord, answer: AnswerPlan) -> None:
        self._connection = connection
        self._call = call
        self._newline = b"\r\n" if answer.fault_name == "crlf" else b"\n"
        self._random = make_random(answer)
        self._waiting = bytearray()
        self._tokens = 0

    @property
    def is_full(self) -> bool:
        """Tell whether the buffer should be written although more is due."""
        return len(self._waiting) >= BATCH_BYTES

    def add(self, event: StreamEvent) -> None:
        """Add one event to the buffer."""
        self._waiting += event.encode(self._newline)
        self._tokens += event.kind in TOKENS

    def flush(self, *, final: bool = False, trailer: bytes = b"") -> None:
        """Write the buffer (as one HTTP chunk, unless the fault is `split`), and then the trailer."""
        self._call.add_tokens(self._tokens)
        if final:
            self._call.end("server")
        data, self._waiting, self._tokens = bytes(self._waiting), bytearray(), 0
        if self._random:
            data = self._send_bits(data, self._random)
        if data or trailer:
            self._connection.send(encode_chunk(data) + trailer)

    def _send_bits(self, data: bytes, source: random.Random) -> bytes:
        """Send all but the last few bytes in chunks of 1 to 7 bytes, and return the rest."""
        while len(data) > (size := source.randint(1, 7)):
            self._connection.send(encode_chunk(data[:size]))
            data = data[size:]
        return data


def make_random(answer: AnswerPlan) -> random.Random | None:
    """Return the source of random chunk sizes, if the fault is `split`."""
    if answer.fault is None or answer.fault.name != "split":
        return None
    return random.Random(answer.fault.seed)  # noqa: S311


def encode_chunk(data: bytes) -> bytes:
    """Encode data as one HTTP chunk. Empty data gives nothing: an empty chunk would end the body."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def write_body(
    events: Iterator[StreamEvent], answer: AnswerPlan, connection: ClientConnection, call: CallRecord
) -> bool:
    """Write each event when it is due. Return whether the connection can be used again."""
    start = time.monotonic()
    body = ChunkedBody(connection, call, answer)
    connection.wait_until(start + answer.due(0))
    token = 0
    for event in events:
        if event.kind in TOKENS:
            # Every token is timed from the start, so that delays do not add up.
            due = start + answer.due(token)
            token += 1
            if due > time.monotonic() or body.is_full:
                body.flush()
                connection.wait_until(due)
        elif event.kind == "stall":
            body.flush()
            connection.wait_until(float("inf"))
        elif event.kind == "cut":
            body.flush(final=True)
            return False
        body.add(event)
    body.flush(final=True, trailer=LAST_CHUNK)
    return True
