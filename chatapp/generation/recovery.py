"""Background work: orphaned generations, another worker's answers, interrupted merges of owners, expired data."""

import contextlib
import logging
import time

import orjson

from chatapp.chat import (
    answer_cache,
    budgets,
    conversations,
    generations,
    owner_merge,
    purge,
    queued_answers,
    session_codes,
)
from chatapp.chat.generations import Outcome
from chatapp.config import Settings
from chatapp.errors import NotFound, ProviderError, Unavailable
from chatapp.generation.finalize import finalize
from chatapp.generation.runner import Runner
from chatapp.protocol.facts import Fact, token_payload
from chatapp.realtime import broadcasts
from chatapp.search import fts_write
from chatapp.server import concurrency
from chatapp.server.admission import Admission
from chatapp.server.instance import Instance
from chatapp.storage import schema_copies, wal
from chatapp.storage.database import db
from chatapp.storage.token_log import TokenLog

log = logging.getLogger(__name__)

LOST = ProviderError("worker_lost", "The server went down while it wrote this answer. What arrived so far is saved.")
POLL_SECONDS = 0.1
SWEEP_SECONDS = 2.0
#: How often deleted text is cleared from the files beside the database.
CLEAR_SECONDS = 60.0
RELAY_SECONDS = 0.05
#: How long a stored generation of this worker may not be running before it counts as orphaned.
START_SECONDS = 10.0


class Recovery:
    """The recovery task of this process.

    During a graceful restart, with a second worker on the instance, it also emits that worker's answers to the tabs
    of this one, and stops generations of this worker for which a stop reached the other one.
    """

    def __init__(
        self, settings: Settings, instance: Instance, token_log: TokenLog, runner: Runner, admission: Admission
    ) -> None:
        self._settings = settings
        self._instance = instance
        self._log = token_log
        self._runner = runner
        self._admission = admission
        self._relayed_ids: set[str] = set()
        #: When (time.monotonic) a generation of this worker was first seen not running.
        self._not_running_since: dict[str, float] = {}
        self._cleared_at = -CLEAR_SECONDS

    def run(self) -> None:
        """Run for ever, as a task."""
        concurrency.spawn(fts_write.run)
        concurrency.spawn(self._tidy)
        swept_at = 0.0
        while True:
            try:
                if time.monotonic() - swept_at > SWEEP_SECONDS:
                    swept_at = time.monotonic()
                    self._instance.try_claim()
                    self.recover()
                elif self._instance.another_worker_is_alive():
                    self.recover()
                    self._runner.stop_local(generations.stops_requested(self._instance.worker))
            except (OSError, Unavailable) as error:  # too many open files, most likely, or a locked database
                log.warning("Recovery could not run now: %s", error)
            except Exception:
                log.exception("Recovery failed; it goes on")
            concurrency.sleep(POLL_SECONDS)

    def recover(self) -> None:
        """Finalize orphaned generations as interrupted, relay those of other living workers, start what is due."""
        earlier, self._not_running_since = self._not_running_since, {}
        for owner, conversation_id, generation_id, worker in generations.running():
            if worker == self._instance.worker:
                if not self._runner.is_running(generation_id):
                    # Not orphaned at once: the green thread that has stored it may be about to start it.
                    since = earlier.get(generation_id, time.monotonic())
                    self._not_running_since[generation_id] = since
                    if time.monotonic() - since > START_SECONDS:
                        self._interrupt(generation_id)
            elif not self._instance.is_alive(worker):
                self._interrupt(generation_id)
            elif generation_id not in self._relayed_ids:
                self._relayed_ids.add(generation_id)
                concurrency.spawn(self._relay, owner, conversation_id, generation_id)

        if not self._admission.is_draining:
            self._start_queued()

    def _start_queued(self) -> None:
        """Start the answers to queued questions whose process has died, or has left them to another one."""
        for generation_id, worker in queued_answers.due():
            if worker == self._instance.worker or not self._instance.is_alive(worker):
                self._runner.start_queued(generation_id)

    def _interrupt(self, generation_id: str) -> None:
        if sent := finalize(generation_id, Outcome("interrupted", error=LOST.payload()), self._log):
            self._runner.start_queued(sent)

    def _relay(self, owner: str, conversation_id: str, generation_id: str) -> None:
        """Emit the entries that another worker logs, until the end of its generation."""
        try:
            seq = self._log.last_seq(generation_id)
            checked_at = time.monotonic()
            while not self._admission.is_draining:
                entries = self._log.read(generation_id, seq)
                if entries:
                    self._log.announce(generation_id, entries)
                for entry in entries:
                    if entry.kind == "end":
                        self._relay_end(owner, conversation_id, Fact("generation_ended", orjson.loads(entry.text)))
                        return
                    seq = entry.seq
                    broadcasts.token(conversation_id, token_payload(generation_id, seq, entry.kind, entry.text))
                if not entries and time.monotonic() - checked_at > SWEEP_SECONDS:
                    # The log may have been dropped with its end in it.
                    checked_at = time.monotonic()
                    if fact := generations.end_fact(owner, generation_id):
                        self._relay_end(owner, conversation_id, fact)
                        return
                concurrency.sleep(RELAY_SECONDS)
        except NotFound:  # deleted for good meanwhile
            return
        finally:
            self._relayed_ids.discard(generation_id)

    def _relay_end(self, owner: str, conversation_id: str, fact: Fact) -> None:
        broadcasts.fact(fact)
        with contextlib.suppress(NotFound):  # deleted meanwhile
            broadcasts.conversation_changed(owner, conversations.get(owner, conversation_id))

    def _tidy(self) -> None:
        """Complete merges and delete what has expired, for ever; apart, as the recovery must not wait for it."""
        while True:
            try:
                self.complete_merges()
                self._delete_expired()
            except Unavailable as error:
                log.warning("Expired data could not be deleted now: %s", error)
            except Exception:
                log.exception("Expired data could not be deleted; this is tried again")
            concurrency.sleep(SWEEP_SECONDS)

    def complete_merges(self) -> None:
        """Move what merged owners still have, and announce each conversation to who gets it."""
        for owner, into in owner_merge.unfinished(db):
            for moved in owner_merge.move_rest(db, owner):
                for conversation in moved:
                    broadcasts.conversation_added(into, conversation)

    def _delete_expired(self) -> None:
        purge.drop_logs(self._log, self._settings.log_keep_seconds)
        purge.purge_deleted(self._log, self._settings.grace_seconds)
        answer_cache.purge_expired(db, self._settings.cache_seconds)
        with db.write() as session:
            session_codes.delete_expired(session)
            budgets.forget_old(session)
        if time.monotonic() - self._cleared_at > CLEAR_SECONDS:
            self._clear_files()

    def _clear_files(self) -> None:
        """Let deleted text leave the write-ahead log and the copies of the database."""
        if db.file is None:
            return
        schema_copies.remove_expired(db.file)
        if concurrency.in_thread(wal.truncate, db.file):  # else somebody reads it: tried again at the next sweep
            self._cleared_at = time.monotonic()
