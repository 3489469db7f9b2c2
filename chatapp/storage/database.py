"""The database: SQLite in WAL mode by default, PostgreSQL by DATABASE_URL."""

import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Insert, Table, create_engine, event, inspect, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import Session

from chatapp.errors import SettingsError, Unavailable
from chatapp.server import concurrency
from chatapp.storage import revisions, schema_copies

log = logging.getLogger(__name__)

#: How long a write waits for its turn and for another process's lock.
LOCKED_SECONDS = 5.0
CHECK_SECONDS = 1.0
#: The pauses between two tries to get the lock; the first one is short, since the indexer holds it for milliseconds.
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.001, 0.02


class Database:
    """Transactions for reading and writing. Unusable until `bind`."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        #: One task of the process writes at a time; the others wait in the order of their arrival.
        self._turns = concurrency.Semaphore()

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            raise RuntimeError("The database is used before create_app() has bound it")
        return self._engine

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """The SQLite file; None with another database."""
        return Path(str(self.engine.url.database)) if self.is_sqlite else None

    def bind(self, url: str) -> None:
        """Connect to `url`, as SQLAlchemy writes database URLs."""
        try:
            # A logged error must not contain users' texts.
            self._engine = create_engine(url, hide_parameters=True)
        except (ArgumentError, ImportError) as error:
            raise SettingsError(f"DATABASE_URL: cannot be used ({type(error).__name__})") from None
        if self.is_sqlite:
            event.listen(self._engine, "connect", _set_up_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a read transaction: one consistent snapshot."""
        engine = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        with Session(engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, patience: float = LOCKED_SECONDS) -> Iterator[Session]:
        """Open a write transaction, committed at the end of the block.

        The block must not yield: on SQLite it holds the write lock, and a green thread that switched away with the
        lock would block the process. Raises Unavailable if it cannot begin within `patience` seconds.
        """
        with self._turn(patience) as deadline, Session(self._write_engine(), expire_on_commit=False) as session:
            _retry_while_locked(session.connection, deadline, undo=session.rollback)
            yield session
            session.commit()

    def insert(self, statement: Insert, rows: list[dict[str, Any]], patience: float = LOCKED_SECONDS) -> None:
        """Insert rows in one transaction, at half the cost of `write`. Raises Unavailable as `write` does.

        Waits on a full disk as on a lock: what is inserted cannot be asked for again.
        """

        def insert_rows() -> None:
            with self._write_engine().begin() as connection:
                connection.execute(statement, rows)

        with self._turn(patience) as deadline:
            _retry_while_locked(insert_rows, deadline, retries_full=True)

    def insert_plain(
        self, table: Table, columns: Sequence[str], rows: Sequence[tuple[str | int, ...]], patience: float
    ) -> None:
        """Do what `insert` does, for values without conversion: with SQLite by its driver, for a third of the CPU."""
        if not self.is_sqlite:
            self.insert(table.insert(), [dict(zip(columns, row, strict=True)) for row in rows], patience)
            return
        sql = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608

        def insert_rows() -> None:
            with contextlib.closing(self.engine.raw_connection()) as connection:
                cursor = connection.cursor()
                try:
                    cursor.execute("BEGIN IMMEDIATE")
                    cursor.executemany(sql, rows)
                    cursor.execute("COMMIT")
                except sqlite3.Error as error:
                    connection.rollback()
                    raise DBAPIError.instance(sql, None, error, sqlite3.Error, hide_parameters=True) from error

        with self._turn(patience) as deadline:
            _retry_while_locked(insert_rows, deadline, retries_full=True)

    @contextmanager
    def _turn(self, patience: float) -> Iterator[float]:
        """Wait for the turn to write, and keep it for the block. Returns when (time.monotonic) the patience ends."""
        deadline = time.monotonic() + patience
        if not self._turns.acquire(timeout=patience):
            raise _locked()
        try:
            yield deadline
        finally:
            self._turns.release()

    def _write_engine(self) -> Engine:
        return self.engine.execution_options(chatapp_write=True)

    def migrate(self, folder: Path = revisions.MIGRATIONS, *, copies: bool = True) -> None:
        """Bring the schema up to date. `copies`: keep a copy of an existing SQLite file.

        Raises SettingsError for a database of a newer version, and for a disk without room for the copy.
        """
        known = revisions.known(folder)
        current = self.revision()
        if current is not None:
            revisions.check_known(current, known)
        if current == known[-1]:
            return
        # Imported only when needed: it takes a tenth of the start.
        import alembic.command
        import alembic.config

        config = alembic.config.Config()
        config.set_main_option("script_location", str(folder))
        if current and copies and self.file:
            schema_copies.make(self.file, current)
        with self._turn(LOCKED_SECONDS) as deadline, self._write_engine().connect() as connection:
            _retry_while_locked(connection.begin, deadline)
            config.attributes["connection"] = connection
            alembic.command.upgrade(config, "head")
            connection.commit()
        log.info("The database is now at revision %s", known[-1])

    def is_empty(self) -> bool:
        """Tell whether no server has used this database yet. Does not create a missing file."""
        if self.file and not self.file.exists():
            return True
        return self.revision() is None

    def revision(self) -> str | None:
        """Return Alembic's revision of the schema; None before the first migration."""
        with self.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return revision

    def check(self) -> None:
        """Check that the database can be written. Raises SQLAlchemyError, and Unavailable while it is locked."""
        with self.write(CHECK_SECONDS) as session:
            session.execute(text("DELETE FROM session_codes WHERE expires_at < 0"))


def is_declared(name: str | None, kind: str, _parents: Any) -> bool:
    """Tell whether chatapp.storage.tables declares a database object: Alembic's filter against the search tables."""
    return kind != "table" or not (name or "").startswith("search_")


def _locked() -> Unavailable:
    return Unavailable("The database is busy. Try again in a moment.", retry_after=2)


def is_locked(error: BaseException | None) -> bool:
    """Tell whether an error of sqlite3 says that another process or thread writes."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def is_full(error: BaseException | None) -> bool:
    """Tell whether an error of sqlite3 says that the disk is full."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL


def _retry_while_locked(
    action: Callable[[], object],
    deadline: float,
    undo: Callable[[], None] = lambda: None,
    *,
    retries_full: bool = False,
) -> None:
    """Retry while another process writes, and yield in between: SQLite's own wait would block all tabs.

    `retries_full`: also while the disk is full; at the deadline that error is raised.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            action()
        except OperationalError as error:
            undo()
            if not (is_locked(error.orig) or (retries_full and is_full(error.orig))):
                raise
            if time.monotonic() > deadline:
                if is_full(error.orig):
                    raise
                raise _locked() from None
            concurrency.sleep(pause)
            pause = min(2 * pause, MAX_PAUSE_SECONDS)
        else:
            return


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # _begin_sqlite begins transactions, not the driver
    # secure_delete: what is deleted is overwritten; without it SQLite leaves the text in free space of the file.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=0", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Any) -> None:
    writes = connection.get_execution_options().get("chatapp_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


#: The application's database; `build()` binds it.
db = Database()
