"""The instance folder: the secret key, the server's claim on the folder, and the locks of living workers.

The claim and the workers' locks are file locks (flock), which the kernel releases when a process ends.
"""

import contextlib
import fcntl
import os
import secrets
import tempfile
import time
from pathlib import Path

from chatapp.errors import SettingsError
from chatapp.ids import new_id

CLAIM_WAIT_SECONDS = 5.0


class Instance:
    """An instance folder, with the locks of this process."""

    #: The folder that gunicorn's master has claimed; forked workers inherit the claim.
    _of_master: "Instance | None" = None

    @classmethod
    def of_process(cls, folder: Path) -> "Instance":
        """Return the folder that the master has claimed, or else claim it. Raises SettingsError."""
        if cls._of_master is not None and cls._of_master.folder == folder:
            return cls._of_master
        instance = cls(folder)
        instance.create()
        instance.claim()
        return instance

    @classmethod
    def claim_for_workers(cls, folder: Path, *, is_successor: bool) -> None:
        """Claim the folder, in gunicorn's master. A successor shares it with its predecessor. Raises SettingsError."""
        instance = cls(folder)
        instance.create()
        if not is_successor:
            instance.claim()
        cls._of_master = instance

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.worker = ""
        self._claim: int | None = None
        self._worker_lock: int | None = None

    @classmethod
    def claim_of_master(cls) -> None:
        """Claim the folder, in the master of a successor, once its predecessor has ended."""
        if cls._of_master is not None:
            cls._of_master.try_claim()

    @classmethod
    def lock_next_worker(cls) -> None:
        """Lock the worker that the master forks next. The one that it replaces must see it, however late it runs."""
        if cls._of_master is not None:
            cls._of_master.lock_worker()

    @classmethod
    def leave_lock_to_worker(cls) -> None:
        """Let go, in the master, of the lock that a forked worker has inherited."""
        if cls._of_master is not None and cls._of_master._worker_lock is not None:
            os.close(cls._of_master._worker_lock)
            cls._of_master._worker_lock = None

    def create(self) -> None:
        """Create the folder, readable by its owner only. Raises SettingsError."""
        try:
            os.umask(0o077)  # for the files in it
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self.folder / "workers").mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise SettingsError(
                f"The instance folder {self.folder} cannot be used ({error.strerror}). CHATAPP_INSTANCE names another."
            ) from None

    def secret_key(self) -> str:
        """Return the folder's secret key; create it at the first start. Raises SettingsError for an invalid one."""
        path = self.folder / "secret_key"
        if not path.exists():
            # Atomic: the file gets its name only once it is on disk.
            with tempfile.NamedTemporaryFile("w", dir=self.folder) as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
                with contextlib.suppress(FileExistsError):
                    os.link(file.name, path)
        key = path.read_text().strip()
        if len(key) < 16:
            raise SettingsError(
                f"{path} holds no key. Remove it for a new one; it serves to read the cookies of earlier versions."
            )
        return key

    def claim(self) -> None:
        """Claim the folder for this server and the processes that it forks.

        Waits a few seconds for a server that is stopping. Raises SettingsError if another one is running.
        """
        deadline = time.monotonic() + CLAIM_WAIT_SECONDS
        while not self.try_claim():
            if time.monotonic() > deadline:
                raise SettingsError(
                    f"Another server already uses the instance folder {self.folder}. "
                    "Stop it, or give this one a folder of its own: CHATAPP_INSTANCE=/path/to/folder."
                )
            time.sleep(0.1)

    def try_claim(self) -> bool:
        """Claim the folder if it is free. Returns whether this server has the claim."""
        if self._claim is None:
            self._claim = _lock(self.folder / "server.lock")
        return self._claim is not None

    def lock_worker(self) -> None:
        """Give this worker process its id, and hold its lock file until it ends."""
        if self._worker_lock is not None:
            return
        self.worker = new_id()
        path = self._lock_file(self.worker)
        unnamed = path.with_suffix(".new")
        self._worker_lock = _lock(unnamed)
        unnamed.rename(path)  # so that it is never seen unlocked

    def is_alive(self, worker: str) -> bool:
        """Tell whether a worker process is alive. Removes the lock file of a dead one."""
        if worker == self.worker:
            return True
        path = self._lock_file(worker)
        if not path.exists():
            return False
        descriptor = _lock(path)
        if descriptor is None:
            return True
        path.unlink(missing_ok=True)
        os.close(descriptor)
        return False

    def another_worker_is_alive(self) -> bool:
        """Tell whether another worker of this folder is alive, as during a graceful restart."""
        names = os.listdir(self.folder / "workers")  # noqa: PTH208 (ten times a second, at a tenth of what paths cost)
        others = (name.removesuffix(".lock") for name in names if name.endswith(".lock"))
        return any(self.is_alive(other) for other in others if other != self.worker)

    def _lock_file(self, worker: str) -> Path:
        return self.folder / "workers" / f"{worker}.lock"


def _lock(path: Path) -> int | None:
    """Return a descriptor that holds the lock of `path`; None if another process holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
