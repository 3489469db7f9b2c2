"""Large request bodies: bounded in size and number, and kept in files until they are complete.

A slow one costs no memory and holds up nobody. The time of all bodies is bounded in server/client_connection.py.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Generic, TypeVar

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from chatapp.errors import Busy, TooLarge
from chatapp.server.addresses import network_of

#: At once: of all owners, and of one address.
MAX_UPLOADS, MAX_PER_ADDRESS = 32, 4
READ_BYTES = 256 * 1024
RETRY_SECONDS = 5

Work = TypeVar("Work")


class Uploads(Generic[Work]):
    """The uploads of one process, at most one for each owner, with the work that is done on each.

    `folder`: where incomplete ones are kept, without a name. `check_room` raises if its disk is almost full.
    """

    def __init__(self, max_bytes: int, folder: Path, check_room: Callable[[], None]) -> None:
        self._max_bytes, self._folder, self._check_room = max_bytes, folder, check_room
        self._works: dict[str, Work] = {}
        self._addresses: Counter[str] = Counter()

    @property
    def folder(self) -> Path:
        return self._folder

    def work_of(self, owner: str) -> Work | None:
        """Return the work on the owner's upload, if there is one."""
        return self._works.get(owner)

    @contextmanager
    def admit(self, owner: str, address: str, work: Work) -> Iterator[None]:
        """Count an upload until the end of the block. Raises Busy if there are too many."""
        place = network_of(address)
        if owner in self._works:
            raise Busy("Another import of yours is still running.", retry_after=RETRY_SECONDS)
        if len(self._works) >= MAX_UPLOADS or self._addresses[place] >= MAX_PER_ADDRESS:
            raise Busy("Other imports are running. Try again in a moment.", retry_after=RETRY_SECONDS)
        self._works[owner] = work
        self._addresses[place] += 1
        try:
            yield
        finally:
            self._works.pop(owner, None)
            self._addresses -= Counter([place])  # drops zeros

    @contextmanager
    def receive(self, request: Request) -> Iterator[IO[bytes]]:
        """Yield the request's body as a file. Raises TooLarge (before reading, if its length is declared)."""
        request.max_content_length = self._max_bytes
        if (request.content_length or 0) > self._max_bytes:
            raise self._too_large()
        with tempfile.TemporaryFile(dir=self._folder) as file:
            try:
                while data := request.stream.read(READ_BYTES):
                    self._check_room()
                    file.write(data)
            except RequestEntityTooLarge:
                raise self._too_large() from None
            file.seek(0)
            yield file

    def _too_large(self) -> TooLarge:
        return TooLarge("The file is larger than {n} bytes.", n=f"{self._max_bytes:,}")
