"""What the operator's commands have in common."""

import contextlib
import os
import sqlite3
import sys
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from chatapp import HOME
from chatapp.errors import SettingsError, Unavailable


def run(action: Callable[[], str]) -> int:
    """Run an action in chatapp's home folder, where the server's settings are. Returns the exit status.

    The action returns a report, which is printed; of an error one line is.
    """
    with contextlib.suppress(OSError):  # the folder may not exist before the first start of a server
        os.chdir(HOME)
    try:
        report = action()
    except (SettingsError, Unavailable) as error:  # the database is locked, for instance
        return _fail(str(error))
    except SQLAlchemyError as error:
        reason = getattr(error, "orig", None) or error
        return _fail(f"The database cannot be used as it is ({reason}). The server's start upgrades it.")
    except sqlite3.Error as error:
        return _fail(f"The database cannot be used ({error}).")
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error))
    sys.stdout.write(f"{report}\n")
    return 0


def _fail(reason: str) -> int:
    sys.stderr.write(f"Error: {reason}\n")
    return 1
