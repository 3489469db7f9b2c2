"""The reserve of disk space, by which running answers can end when the disk fills up."""

import shutil
from pathlib import Path

from chatapp.errors import Unavailable

RETRY_AFTER_SECONDS = 60


class DiskReserve:
    """The last `size` bytes of a folder's disk. Whatever is new is refused rather than stored there."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size

    def lacking(self) -> int | None:
        """Return how many bytes are free if they are fewer than the reserve, else None."""
        free = shutil.disk_usage(self._folder).free
        return free if free < self._size else None

    def check(self) -> None:
        """Raise Unavailable if only the reserve is left."""
        if self.lacking() is not None:
            raise Unavailable(
                "The server's disk is almost full, so nothing new can be stored. Running answers go on. "
                "Tell the operator, or try again later.",
                retry_after=RETRY_AFTER_SECONDS,
            )
