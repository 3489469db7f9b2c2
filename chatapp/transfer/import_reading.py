"""Reads everything that an import holds, in a native thread, before any of it is stored."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from chatapp.errors import ChatError, Invalid
from chatapp.transfer import import_archive, import_file
from chatapp.transfer.formats.turns import clean_title
from chatapp.transfer.import_archive import Unpacked
from chatapp.transfer.import_file import ImportContext
from chatapp.transfer.incoming import Bounds, ImportTooLarge
from chatapp.transfer.labels import Labels
from chatapp.transfer.spool import Spool

#: Reading works for this long at once, of CPU time, and rests as long: it takes turns with the process's other threads.
WORK_SECONDS = 0.0005
#: So many of what was not taken are told one by one.
TOLD = 1000


class ImportCancelled(Exception):
    """The owner has cancelled the import."""


class BrokenFile(Exception):
    """A file in a zip is broken: nothing of the zip is taken."""

    def __init__(self, name: str, error: ChatError) -> None:
        super().__init__(name)
        self.name, self.error = name, error


@dataclass
class ImportProgress:
    """How far an import is. `phase`: waiting, reading (bytes) or storing (conversations). Set by several threads."""

    phase: str = "waiting"
    done: int = 0
    total: int = 0
    is_cancelled: bool = False

    def begin(self, phase: str, total: int) -> None:
        self.phase, self.done, self.total = phase, 0, total


@dataclass(frozen=True)
class RefusedConversation:
    title: str
    error: ChatError


@dataclass
class Refusals:
    """The conversations of an import that are not taken, and why."""

    count: int = 0
    told: list[RefusedConversation] = field(default_factory=list)

    def add(self, title: Any, error: ChatError) -> None:
        self.count += 1
        if len(self.told) < TOLD:
            self.told.append(RefusedConversation(clean_title(title), error))


@dataclass
class Reading:
    """Reads one uploaded file into a spool. `sleep`: of the native thread; `check_room` raises if the disk is full."""

    bounds: Bounds
    labels: Labels
    progress: ImportProgress
    folder: Path | None
    sleep: Callable[[float], object]
    check_room: Callable[[], object] = lambda: None
    refusals: Refusals = field(default_factory=Refusals)
    #: Whether what this application has written may be taken in part, too.
    is_partial: bool = False
    _rested_at: float = 0.0
    _base: int = 0

    def read(self, file: IO[bytes], spool: Spool) -> None:
        """Read all. Raises Invalid, ImportTooLarge or BrokenFile if nothing can be taken, and ImportCancelled."""
        self._rested_at = time.thread_time()
        context = ImportContext(
            self.bounds, self.labels, self.refusals.add, moved=self._moved, is_partial=self.is_partial
        )
        if import_archive.is_zip(file):
            unpacked = Unpacked(self.folder, self.bounds.unpacked_bytes, self._unpacked)
            if not self._read_zip(file, context, spool, unpacked):
                raise Invalid("The zip has no conversations: no JSON file in it can hold any.")
        else:
            self.progress.begin("reading", file.seek(0, 2))
            self._read_json(file, context, spool)
        if not spool.summaries and self.refusals.told:
            raise self.refusals.told[0].error

    def _read_zip(
        self, file: IO[bytes], context: ImportContext, spool: Spool, unpacked: Unpacked, *, is_inner: bool = False
    ) -> bool:
        """Read the conversations of a zip, and of zips in it. Returns whether there was any file for them."""
        with import_archive.opened(file) as archive:
            members = import_archive.conversation_files(archive)
            self.progress.begin("reading", self.progress.total + sum(one.file_size for one in members))
            self.progress.done = self._base
            context.files = {**context.files, **import_archive.file_names(archive, unpacked)}
            for member in members:
                with unpacked.unpack(archive, member) as unpacked_file:
                    self._read_member(member.filename, unpacked_file, context, spool, is_only=len(members) == 1)
            found = bool(members)
            for inner in [] if found or is_inner else import_archive.inner_zips(archive):
                with unpacked.unpack(archive, inner) as inner_file:
                    if import_archive.is_zip(inner_file):
                        found = self._read_zip(inner_file, context, spool, unpacked, is_inner=True) or found
            return found

    def _read_member(self, name: str, file: IO[bytes], context: ImportContext, spool: Spool, *, is_only: bool) -> None:
        try:
            self._read_json(file, context, spool)
        except ImportTooLarge:
            raise
        except ChatError as error:
            if is_only:
                raise
            raise BrokenFile(name, error) from error

    def _read_json(self, file: IO[bytes], context: ImportContext, spool: Spool) -> None:
        with import_archive.mapped(file) as data:
            for conversation in import_file.read(data, context):
                self.check_room()
                spool.add(conversation)
                self._rest()
            self._base += len(data)

    def _unpacked(self) -> None:
        self.check_room()
        self._rest()

    def _moved(self, at: int) -> None:
        self.progress.done = self._base + at
        self._rest()

    def _rest(self) -> None:
        if self.progress.is_cancelled:
            raise ImportCancelled
        worked = time.thread_time() - self._rested_at
        if worked >= WORK_SECONDS:
            self.sleep(worked)
            self._rested_at = time.thread_time()
