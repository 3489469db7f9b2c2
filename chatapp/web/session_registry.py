"""The sessions that this process knows, in memory: which are live, when they were used, which tabs have to go.

A look-up costs no query once the session is known. What ends a session, in any process, raises a counter in the
database; each process reads it twice a second and looks again at the sessions whose tabs it has. Nothing here is judged
by a date that a client tells, and what this process has seen itself is judged by the monotonic clock.
"""

import hashlib
import logging
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from sqlalchemy.exc import SQLAlchemyError

from chatapp.chat import sessions, shared_values
from chatapp.config import Settings
from chatapp.errors import Unavailable
from chatapp.ids import now
from chatapp.realtime import socketio_server
from chatapp.server import concurrency
from chatapp.storage.tables import DeviceSession

log = logging.getLogger(__name__)

WATCH_SECONDS = 0.5
#: A session's last use is stored at most this often, and those of all sessions together at most every half minute.
NOTE_SECONDS = 60.0
STORE_SECONDS = 30.0
STORE_ROWS = 200
CLEAN_SECONDS = 3600.0
MAX_KNOWN = 20_000
READ_ROWS = 500


class State(Enum):
    """LIVE: it may act. LOCKED: only after signing in again, as the same owner. ENDED: never again."""

    LIVE, LOCKED, ENDED = range(3)


@dataclass(slots=True)
class KnownSession:
    """A session in memory. Times are of the monotonic clock."""

    id: str
    digest: str
    owner: str
    proof: str
    is_secure: bool
    is_ended: bool
    is_new: bool
    begun: float
    used: float
    noted: float


class SessionRegistry:
    """The sessions of one process."""

    def __init__(self, settings: Settings) -> None:
        self._idle_seconds = settings.session_idle_days * sessions.DAY
        self._age_seconds = settings.session_days * sessions.DAY or float("inf")
        self._idle_days = settings.session_idle_days
        shared = shared_values.read()
        self.identity = shared[shared_values.IDENTITY]
        #: The proof of the password that this process asks for. It depends on the database only, not on a key.
        self.proof = _prove(settings.password, self.identity)
        self._revision = shared[shared_values.SESSIONS_REVISION]
        #: The proof of the password that the newest worker asks for.
        self._needed_proof = self.proof
        self._by_digest: OrderedDict[str, KnownSession] = OrderedDict()
        self._by_id: dict[str, KnownSession] = {}
        self._uses: dict[str, KnownSession] = {}
        #: What is to be done at the end of a session, by its id.
        self._at_end: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)
        self._store_at = self._sweep_at = self._clean_at = 0.0
        self._is_announced = False

    def run(self) -> None:
        """Follow the changes of other processes and store uses, for ever, as a task."""
        is_failing = False
        while True:
            try:
                self.tend()
                is_failing = False
            except (SQLAlchemyError, OSError, Unavailable) as error:
                if not is_failing:
                    log.warning("Sessions cannot be checked now: %s", type(error).__name__)
                is_failing = True
            except Exception:
                log.exception("Sessions could not be checked; this is tried again")
            concurrency.sleep(WATCH_SECONDS)

    def tend(self) -> None:
        """Do what is due."""
        if not self._is_announced:
            shared_values.set_password_proof(self.proof)
            self._is_announced = True
        self.follow_changes()
        if self._uses and time.monotonic() >= self._store_at:
            self.store_uses()
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + STORE_SECONDS
            self._dismiss_dead()
        if time.monotonic() >= self._clean_at:
            self._clean_at = time.monotonic() + CLEAN_SECONDS
            sessions.delete_expired(self._idle_days)

    def find(self, cookie: str) -> KnownSession | None:
        """Return the session of a cookie, in whatever state it is. Reads the database the first time."""
        digest = sessions.digest_of(cookie)
        if known := self._by_digest.get(digest):
            self._by_digest.move_to_end(digest)
            return known
        row = sessions.find(digest)
        return None if row is None else self.remember(row)

    def remember(self, row: DeviceSession) -> KnownSession:
        """Know a session from now on."""
        at = time.monotonic()
        known = KnownSession(
            id=row.id,
            digest=row.digest,
            owner=row.owner,
            proof=row.proof,
            is_secure=row.is_secure,
            is_ended=row.ended_at is not None,
            is_new=row.seen_at is None,
            # A date in the future is one of a clock that went wrong: the session is as old as this moment.
            begun=at - max(0.0, now() - row.created_at),
            used=at - max(0.0, now() - (row.seen_at or row.created_at)),
            noted=float("-inf"),
        )
        self._by_digest[row.digest] = self._by_id[row.id] = known
        while len(self._by_digest) > MAX_KNOWN:
            _, oldest = self._by_digest.popitem(last=False)
            self._by_id.pop(oldest.id, None)
        return known

    def state_of(self, known: KnownSession) -> State:
        if known.is_ended:
            return State.ENDED
        if self._needed_proof and known.proof != self._needed_proof:
            return State.LOCKED
        at = time.monotonic()
        if at - known.used > self._idle_seconds or at - known.begun > self._age_seconds:
            return State.LOCKED if self._needed_proof else State.ENDED
        return State.LIVE

    def is_live(self, session_id: str) -> bool:
        """Tell whether a session that was live before still is. Does not yield."""
        known = self._by_id.get(session_id)
        if known is None:
            rows = sessions.find_all([session_id])
            known = self.remember(rows[0]) if rows else None
        return known is not None and self.state_of(known) is State.LIVE

    def at_end(self, session_id: str, act: Callable[[], None]) -> Callable[[], None]:
        """Call `act`, at least once, when a live session is not live any more. Returns the function that stops this."""
        self._at_end[session_id].append(act)
        if not self.is_live(session_id):
            act()
        return lambda: self._forget(session_id, act)

    def _forget(self, session_id: str, act: Callable[[], None]) -> None:
        self._at_end[session_id].remove(act)
        if not self._at_end[session_id]:
            del self._at_end[session_id]

    def is_live_everywhere(self, session_id: str) -> bool:
        """Tell whether a session is live, also for the other processes."""
        self.follow_changes()
        return self.is_live(session_id)

    def use(self, known: KnownSession) -> None:
        """Note that a live session is used. Writes nothing now."""
        known.used = at = time.monotonic()
        if at - known.noted < NOTE_SECONDS:
            return
        known.noted = at
        if known.is_new:
            self._store_at = at
        elif not self._uses:
            self._store_at = at + STORE_SECONDS
        self._uses[known.id] = known

    def is_used(self, session_id: str) -> bool:
        """Tell whether a session has a use that is not stored yet."""
        return session_id in self._uses

    def store_uses(self) -> None:
        """Store the last uses that are not stored yet."""
        while self._uses:
            some = [self._uses.pop(session_id) for session_id in list(self._uses)[:STORE_ROWS]]
            at = time.monotonic()
            try:
                sessions.note_uses({known.id: now() - (at - known.used) for known in some})
            except BaseException:
                self._uses = {known.id: known for known in some} | self._uses
                raise
            for known in some:
                known.is_new = False
            if self._uses:
                concurrency.sleep()

    def follow_changes(self) -> None:
        """Look again at the sessions with tabs here if any session has ended or changed its owner."""
        shared = shared_values.read()
        revision = shared[shared_values.SESSIONS_REVISION]
        if revision == self._revision:
            return
        self._needed_proof = shared[shared_values.PASSWORD_PROOF]
        self._by_digest.clear()
        self._by_id.clear()
        self._dismiss_dead()
        self._revision = revision  # last: what fails is tried again

    def _dismiss_dead(self) -> None:
        """Disconnect the tabs of sessions that are not live, and do what is to be done at their end."""
        followed = {*socketio_server.connected_devices(), *self._at_end}
        unknown = [session_id for session_id in followed if session_id not in self._by_id]
        for start in range(0, len(unknown), READ_ROWS):
            for row in sessions.find_all(unknown[start : start + READ_ROWS]):
                self.remember(row)
            concurrency.sleep()
        for session_id in followed:
            known = self._by_id.get(session_id)
            if known is None or self.state_of(known) is not State.LIVE:
                socketio_server.disconnect_device(session_id)
                for act in list(self._at_end.get(session_id, ())):
                    act()


def _prove(password: str, identity: str) -> str:
    """Return what is stored with each session in place of the password with which it was begun."""
    if not password:
        return ""
    return hashlib.scrypt(password.encode(), salt=identity.encode(), n=2**14, r=8, p=1, dklen=32).hex()
