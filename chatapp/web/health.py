"""The readiness check: problems of the server, and their remedies."""

import os
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from chatapp.errors import Unavailable
from chatapp.server.admission import Admission
from chatapp.server.instance import Instance
from chatapp.storage.database import db


def readiness(instance: Instance, admission: Admission) -> dict[str, Any]:
    """Return `{"ready", "problems": [{"part", "problem", "mend"}]}`."""
    problems = [problem for problem in (_stopping(admission), _database(), _disk(instance, admission)) if problem]
    return {"ready": not problems, "problems": problems}


def _stopping(admission: Admission) -> dict[str, str] | None:
    if not admission.is_draining:
        return None
    return _problem("server", "It is stopping.", "Wait for its successor.")


def _database() -> dict[str, str] | None:
    try:
        db.check()
    except Unavailable:
        return _problem("database", "Another process holds its lock.", "End that process, or wait for it.")
    except SQLAlchemyError as error:
        reason = type(getattr(error, "orig", None) or error).__name__
        return _problem(
            "database",
            f"It cannot be written ({reason}).",
            "Check the disk and the rights on its file or server.",
        )
    return None


def _disk(instance: Instance, admission: Admission) -> dict[str, str] | None:
    if not os.access(instance.folder, os.W_OK):
        return _problem("instance folder", "It cannot be written.", "Give the server's user the right to.")
    free = admission.disk.lacking() if admission.disk else None
    if free is None:
        return None
    return _problem("disk", f"Only {free // 1024**2} MiB are free.", "Make room, or move CHATAPP_INSTANCE.")


def _problem(part: str, problem: str, mend: str) -> dict[str, str]:
    return {"part": part, "problem": problem, "mend": mend}
