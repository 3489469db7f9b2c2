"""Downloads: files that are sent while they are created, and not to their end once their session has ended."""

import contextlib
import socket
import struct
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

from flask import Response, request

from chatapp.server import concurrency
from chatapp.web.services import current_services

#: SO_LINGER: closing the connection drops what the system still holds for a slow reader.
DROP = struct.pack("ii", 1, 0)


def download(pieces: Iterator[bytes], name: str, mimetype: str) -> Response:
    """Return a file with its name in ASCII and in full (RFC 6266). Raises Unauthenticated."""
    sessions, session = current_services().sessions, current_services().auth.session()
    plain = name.encode("ascii", "ignore").decode().replace('"', "").replace("%", "")
    disposition = f"attachment; filename=\"{' '.join(plain.split())}\"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": disposition}
    response = Response(_yield_between(pieces), content_type=mimetype, headers=headers)
    response.call_on_close(sessions.at_end(session.id, partial(_cut, request.environ["gunicorn.socket"])))
    return response


def _yield_between(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield to other tasks after each piece: eventlet does not switch while a client reads fast enough."""
    for piece in pieces:
        yield piece
        concurrency.sleep()


def _cut(connection: Any) -> None:
    """End a connection from another task: its next write fails, also one that waits for a slow reader.

    Not an orderly end, by which a part of the file would pass for the whole.
    """
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, DROP)
        connection.shutdown(socket.SHUT_RDWR)
