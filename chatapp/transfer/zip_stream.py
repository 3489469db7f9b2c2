"""A zip archive that is written while it is read: nothing of it is kept."""

import time
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

PIECE_BYTES = 32 * 1024  # compressed at once: a millisecond or two
#: The earliest time and the latest that the format can say.
FIRST, LAST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)


class _OutputBuffer:
    """A file to write to, from which is taken what was written. It cannot seek, so sizes follow their files."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def stream_zip(files: Iterable[tuple[str, float, Iterable[str]]]) -> Iterator[bytes]:
    """Yield an archive of files, each with its name, its time (of the epoch) and its text in pieces."""
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
    """Yield a text in pieces of one size, however long those are that it comes in."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece.encode()
        while len(waiting) >= PIECE_BYTES:
            yield bytes(waiting[:PIECE_BYTES])
            del waiting[:PIECE_BYTES]
    yield bytes(waiting)
