"""The folder of one test run, which its parallel processes share."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

#: The variable that names the folder.
RUN_FOLDER = "TESTS_RUN_FOLDER"


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """Return the file of this name in the folder. The first process of a run that asks for it makes it for all."""
    file = Path(os.environ[RUN_FOLDER]) / name
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            unfinished = file.with_suffix(".unfinished")
            make(unfinished)
            unfinished.rename(file)
    return file
