"""The instance folder: the secret key, one server's claim on it, and the locks of living workers.

Claims are file locks (flock): the kernel gives them up with the process, however it dies.
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
    """One instance folder, as this process sees it."""

    #: The folder that gunicorn's master has claimed; its workers inherit the claim when it forks them.
    _of_master: "Instance | None" = None

    @classmethod
    def of_process(cls, folder: Path) -> "Instance":
        """Return the folder as the master claimed it, or claim it now. Raises SettingsError."""
        if cls._of_master is not None and cls._of_master.folder == folder:
            return cls._of_master
        instance = cls(folder)
        instance.create()
        instance.claim()
        return instance

    @classmethod
    def claim_for_workers(cls, folder: Path, *, is_successor: bool) -> None:
        """Claim the folder in gunicorn's master. A successor shares it with the one that it takes over from."""
        instance = cls(folder)
        instance.create()
        if not is_successor:
            instance.claim()
        cls._of_master = instance

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.worker = ""
        self._claim: int | None = None
        self._life: int | None = None

    @classmethod
    def claim_of_master(cls) -> None:
        """Claim what `claim_for_workers` could not claim yet, if it is free by now."""
        if cls._of_master is not None:
            cls._of_master.try_claim()

    @classmethod
    def lock_worker_after_fork(cls) -> None:
        """Hold a worker's lock from its fork on, so that the worker that it replaces sees its successor."""
        if cls._of_master is not None:
            cls._of_master.lock_worker()

    def create(self) -> None:
        """Make the folder, for its owner alone. Raises SettingsError where it cannot be used."""
        try:
            os.umask(0o077)  # what lies in the folder is for its owner alone
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self.folder / "workers").mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise SettingsError(
                f"The instance folder {self.folder} cannot be used ({error.strerror}). CHATAPP_INSTANCE names another."
            ) from None

    def secret_key(self) -> str:
        """Return the secret key that the folder keeps, made at the first start, mode 600."""
        path = self.folder / "secret_key"
        if not path.exists():
            # Whole or not at all: it is written aside, and gets its name when it is on the disk.
            with tempfile.NamedTemporaryFile("w", dir=self.folder) as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
                with contextlib.suppress(FileExistsError):
                    os.link(file.name, path)
        key = path.read_text().strip()
        if len(key) < 16:
            raise SettingsError(f"{path} holds no key. Remove it for a new one; all sessions begin anew then.")
        return key

    def claim(self) -> None:
        """Claim the folder for this server and the processes that it forks.

        Waits a little for a server that is just stopping. Raises SettingsError when another one runs.
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
        """Claim the folder if nobody else has it. Returns whether it is ours."""
        if self._claim is None:
            self._claim = _lock(self.folder / "server.lock")
        return self._claim is not None

    def lock_worker(self) -> None:
        """Give this worker process its id, and hold the lock that tells others that it lives."""
        if self._life is not None:
            return
        self.worker = new_id()
        path = self._life_file(self.worker)
        unnamed = path.with_suffix(".new")
        self._life = _lock(unnamed)
        unnamed.rename(path)  # whoever looks finds it locked

    def is_alive(self, worker: str) -> bool:
        """Tell whether a worker process lives. Forgets a dead one."""
        if worker == self.worker:
            return True
        path = self._life_file(worker)
        if not path.exists():
            return False
        descriptor = _lock(path)
        if descriptor is None:
            return True
        path.unlink(missing_ok=True)
        os.close(descriptor)
        return False

    def another_worker_is_alive(self) -> bool:
        """Tell whether another worker lives on this folder, as in the overlap of a graceful restart."""
        others = (path.stem for path in (self.folder / "workers").glob("*.lock"))
        return any(self.is_alive(other) for other in others if other != self.worker)

    def _life_file(self, worker: str) -> Path:
        return self.folder / "workers" / f"{worker}.lock"


def _lock(path: Path) -> int | None:
    """Return a descriptor that holds the lock of `path`, or None when another holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
