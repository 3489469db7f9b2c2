"""Reads the JSON files of a zip: an export as it was downloaded.

Names and sizes in a zip are its author's claims. So the directory is bounded before it is read, and what is unpacked is
counted as it comes; it goes to a file without a name, and is mapped from there.
"""

import mmap
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from chatapp.errors import Invalid
from chatapp.transfer.formats.chatgpt_content import read_file_names
from chatapp.transfer.import_file import read_names
from chatapp.transfer.incoming import ImportTooLarge

BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
#: How the data of a file may be packed: those of which no more is unpacked at once than is asked for. Of the others,
#: which no known export uses, 300 bytes can become 400 MiB in one step.
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
#: The end of a zip: its signature, and the size of the directory of its files.
END = struct.Struct("<4s8xL")
END_SIGNATURE, END_BYTES, COMMENT_BYTES = b"PK\x05\x06", 22, 65_535
#: What stands before it in a zip64, and counts instead: the same with wider numbers, and a locator with its position.
END64 = struct.Struct("<4s36xQ8x")
LOCATOR = struct.Struct("<4s4xQ4x")
LOCATOR_SIGNATURE, END64_SIGNATURE = b"PK\x06\x07", b"PK\x06\x06"
#: Some 50,000 files. The directory is held in memory, at ten times its size.
DIRECTORY_BYTES = 4 * 1024 * 1024
PIECE_BYTES = 256 * 1024
NAMES_BYTES = 8 * 1024 * 1024
CONVERSATIONS = re.compile(r"conversations([-_ ]?\d+)?( ?\(\d+\))?\.json", re.I)
FILE_NAMES = "conversation_asset_file_names.json"
#: Of known exports, without conversations.
OTHERS = re.compile(
    r"(users?|message_feedback|shared_conversations|model_comparisons|projects|memories|library_files|login_history"
    r"|export_manifest|assistants|tool_messages|shopping|group_chats|sora|conversation_asset_file_names)\.json",
    re.I,
)


@dataclass
class Unpacked:
    """How much has been unpacked, and may be. `folder`: where; `rest`: called after each piece."""

    folder: Path | None
    left: int
    rest: Callable[[], object] = lambda: None

    @contextmanager
    def unpack(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
        """Yield a member's data as a file. Raises Invalid and ImportTooLarge."""
        with tempfile.TemporaryFile(dir=self.folder) as file:
            for piece in _pieces(archive, member):
                self.left -= len(piece)
                if self.left < 0:
                    raise ImportTooLarge("Unpacked, the files of the zip are too large to be imported.")
                file.write(piece)
                self.rest()
            file.flush()
            yield file


def is_zip(file: IO[bytes]) -> bool:
    file.seek(0)
    beginning = file.read(4)
    file.seek(0)
    return beginning in BEGINNINGS


@contextmanager
def mapped(file: IO[bytes]) -> Iterator[Any]:
    """Yield a file's content without reading it into memory."""
    file.seek(0, 2)
    if file.tell() == 0:
        yield b""
        return
    # Closed with the last reference to it: a reader may still hold a view.
    yield mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


@contextmanager
def opened(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """Open a zip. Raises Invalid for a damaged one, and ImportTooLarge for one with too many files."""
    if _directory_bytes(file) > DIRECTORY_BYTES:
        raise ImportTooLarge("The zip has too many files. Unpack it, and import its conversations.json.")
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise _damaged() from error
    with archive:
        yield archive


def conversation_files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the members that may hold conversations, in order: those of that name, or else any other JSON."""
    files = [one for one in archive.infolist() if "__MACOSX/" not in one.filename]
    named = [one for one in files if CONVERSATIONS.fullmatch(_base(one))]
    other = [one for one in files if _base(one).lower().endswith(".json") and not OTHERS.fullmatch(_base(one))]
    return sorted(named or other, key=lambda one: one.filename)


def inner_zips(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the zips within a zip: an export that was packed again."""
    return sorted(
        (one for one in archive.infolist() if _base(one).lower().endswith(".zip")), key=lambda one: one.filename
    )


def file_names(archive: zipfile.ZipFile, unpacked: Unpacked) -> dict[str, str]:
    """Return the names of the files in ChatGPT's conversations, by their ids."""
    for member in archive.infolist():
        if _base(member) == FILE_NAMES and member.file_size <= NAMES_BYTES:
            with unpacked.unpack(archive, member) as file, mapped(file) as data:
                return read_file_names(read_names(data))
    return {}


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a member's data. Raises Invalid."""
    if member.compress_type not in METHODS:
        raise _damaged()
    try:
        with archive.open(member) as source:
            while piece := source.read(PIECE_BYTES):
                yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError) as error:
        raise _damaged() from error


def _base(member: zipfile.ZipInfo) -> str:
    return member.filename.rpartition("/")[2]


def _directory_bytes(file: IO[bytes]) -> int:
    """Return the size of the directory, as zipfile takes it from the end of the zip. Raises Invalid without an end."""
    size = file.seek(0, 2)
    start = file.seek(max(0, size - COMMENT_BYTES - END_BYTES - LOCATOR.size - END64.size))
    tail = file.read()
    at = tail.rfind(END_SIGNATURE)
    if at < 0 or len(tail) - at < END_BYTES:
        raise _damaged()
    _, directory = END.unpack_from(tail, at)
    at64 = at - LOCATOR.size - END64.size
    if at64 >= 0 and tail.startswith(LOCATOR_SIGNATURE, at - LOCATOR.size):
        _, position = LOCATOR.unpack_from(tail, at - LOCATOR.size)
        signature, directory = END64.unpack_from(tail, at64)
        if signature != END64_SIGNATURE or position != start + at64:
            raise _damaged()
    return int(directory)


def _damaged() -> Invalid:
    return Invalid("The zip is damaged, encrypted or of an unknown kind. Unpack it, and import the JSON files in it.")
