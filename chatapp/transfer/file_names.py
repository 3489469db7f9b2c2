"""Makes file names that are valid on every system from arbitrary titles."""

import re
import unicodedata
from datetime import UTC, datetime

LONGEST_BYTES = 150  # file systems allow 255; a Korean syllable has three, or nine when macOS decomposes it
#: Characters that Windows refuses, path separators, invisible characters, and bidirectional controls.
UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+')


class FileNames:
    """Unique names for the files of one folder, also on case-insensitive file systems."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def unique_name(self, title: str, created_at: float, extension: str) -> str:
        """Return a name like `2026-11-05 제목.md`."""
        stem = file_stem(title, created_at)
        name, number = f"{stem}{extension}", 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem} ({number}){extension}"
        self._taken.add(name.casefold())
        return name


def file_stem(title: str, created_at: float) -> str:
    """Return the day and the title. A name that begins with a day is not reserved by Windows."""
    day = datetime.fromtimestamp(created_at, UTC).date().isoformat()
    plain = " ".join(UNSAFE.sub(" ", unicodedata.normalize("NFC", title)).split())
    short = plain.encode()[:LONGEST_BYTES].decode(errors="ignore").rstrip(" .")
    return f"{day} {short}".rstrip()
