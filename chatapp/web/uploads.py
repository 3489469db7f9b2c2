"""Large request bodies: bounded in size, time and number, and read without blocking other tasks."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Request
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge

from chatapp.errors import Busy, Invalid, TooLarge
from chatapp.server import concurrency

log = logging.getLogger(__name__)

MAX_UPLOADS = 3  # of all owners, as each body is held in memory
UPLOAD_SECONDS = 600.0
READ_BYTES = 64 * 1024
PAUSE_EVERY_SECONDS = 0.005
RETRY_SECONDS = 5


class Uploads:
    """The uploads of one process, at most one for each owner."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._owners: set[str] = set()

    @contextmanager
    def admit(self, owner: str) -> Iterator[None]:
        """Count an upload until the end of the block. Raises Busy if there are too many."""
        if owner in self._owners:
            raise Busy("Another import of yours is still running.", retry_after=RETRY_SECONDS)
        if len(self._owners) >= MAX_UPLOADS:
            raise Busy("Other imports are running. Try again in a moment.", retry_after=RETRY_SECONDS)
        self._owners.add(owner)
        try:
            yield
        finally:
            self._owners.discard(owner)

    def read(self, request: Request) -> bytearray:
        """Return the request's body. Raises TooLarge (before reading, if its length is declared), and Invalid."""
        request.max_content_length = self._max_bytes
        if (request.content_length or 0) > self._max_bytes:
            raise self._too_large()
        body, errors, done = bytearray(), list[HTTPException](), concurrency.Event()
        reader = concurrency.spawn(_read, request.stream, body, errors, done)
        if not done.wait(UPLOAD_SECONDS):
            reader.cancel()
            reader.wait()
            # The position in the body is lost, so the worker must not read on from the connection.
            request.environ["wsgi.input"].is_cut = True
            raise Invalid("The upload took longer than {n} minutes.", n=f"{UPLOAD_SECONDS / 60:g}")
        for error in errors:
            raise self._too_large() if isinstance(error, RequestEntityTooLarge) else error
        return body

    def _too_large(self) -> TooLarge:
        return TooLarge("The file is larger than {n} bytes.", n=f"{self._max_bytes:,}")


def _read(stream: Any, body: bytearray, errors: list[HTTPException], done: concurrency.Event) -> None:
    """Read a stream to its end. Pauses explicitly, since eventlet does not switch while data is ready."""
    pause_at = time.monotonic() + PAUSE_EVERY_SECONDS
    try:
        while data := concurrency.interruptible(stream.read, READ_BYTES):
            body += data
            if time.monotonic() > pause_at:
                concurrency.sleep()
                pause_at = time.monotonic() + PAUSE_EVERY_SECONDS
    except HTTPException as error:
        errors.append(error)
    except OSError:
        errors.append(BadRequest("The connection was lost during the upload."))
    except Exception as error:  # noqa: BLE001 (gunicorn's errors for a malformed body)
        log.warning("An upload could not be read: %s", type(error).__name__)
        errors.append(BadRequest("The server could not read the request."))
    finally:
        done.set()
