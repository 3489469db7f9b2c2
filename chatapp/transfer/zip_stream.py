"""Streams a zip archive: it is written while it is read, and never held as a whole."""

import time
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

PIECE_BYTES = 32 * 1024  # compressed at once, in a millisecond or two
#: The earliest and the latest time that the format can hold.
FIRST, LAST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)


class _OutputBuffer:
    """A write-only file whose written bytes are taken out. It cannot seek, so sizes come after each file's data."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is buffered."""

    def take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def stream_zip(files: Iterable[tuple[str, float, Iterable[str]]]) -> Iterator[bytes]:
    """Yield an archive of files, each given as name, time (seconds since the epoch) and pieces of text."""
    outlet = _OutputBuffer()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for name, at, pieces in files:
            member = zipfile.ZipInfo(name, min(max(time.gmtime(at)[:6], FIRST), LAST))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o600 << 16
            with archive.open(member, "w") as target:
                for data in _split_evenly(pieces):
                    target.write(data)
                    yield outlet.take()
            yield outlet.take()
    yield outlet.take()


def _split_evenly(pieces: Iterable[str]) -> Iterator[bytes]:
    """Yield a text in pieces of equal size, for input pieces of any length."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece.encode()
        while len(waiting) >= PIECE_BYTES:
            yield bytes(waiting[:PIECE_BYTES])
            del waiting[:PIECE_BYTES]
    yield bytes(waiting)
