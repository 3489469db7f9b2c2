"""Reads the chunked body of an answer from its connection: h11 takes a third of the CPU of a token.

h11 reads what comes before, and the end, so that the connection is reused or closed as ever. Uses private names of
httpx2, httpcore2 and h11; whatever is not as expected is read by them.
"""

import re
from collections.abc import Iterator
from typing import Any

import h11
import httpcore2
import httpx2
from h11._readers import ChunkedReader
from h11._receivebuffer import ReceiveBuffer
from httpcore2._sync.http11 import HTTP11Connection

READ_BYTES = 64 * 1024
MAX_HEAD_BYTES = 4096
#: RFC 9112, 7.1: the size of a chunk, and extensions.
CHUNK_HEAD = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?")
END = b"\r\n"
#: From a response to its connection.
PATH = "stream", "_stream", "_httpcore_stream", "_stream", "_connection"


def read(response: httpx2.Response) -> Iterator[bytes]:
    """Yield the body as it comes. Raises httpx2.HTTPError."""
    connection = _find_connection(response)
    if connection is None:
        return response.iter_bytes()
    return _read_mapped(connection, response.request.extensions.get("timeout", {}).get("read"))


def _find_connection(response: httpx2.Response) -> HTTP11Connection | None:
    """Return the connection of a response whose body is chunked and of which nothing has been read; else None."""
    if response.headers.get("transfer-encoding", "").lower() != "chunked" or "content-encoding" in response.headers:
        return None
    found: Any = response
    for name in PATH:
        found = getattr(found, name, None)
    if not isinstance(found, HTTP11Connection) or not isinstance(found._h11_state._reader, ChunkedReader):
        return None
    reader = found._h11_state._reader
    return None if reader._bytes_in_chunk or reader._bytes_to_discard or reader._reading_trailer else found


def _read_mapped(connection: HTTP11Connection, timeout: float | None) -> Iterator[bytes]:
    """Read with the errors of httpx2."""
    try:
        yield from _read(connection, timeout)
    except httpcore2.TimeoutException as error:
        raise httpx2.ReadTimeout(str(error)) from error
    except httpcore2.NetworkError as error:
        raise httpx2.ReadError(str(error)) from error
    except httpcore2.ProtocolError as error:
        raise httpx2.RemoteProtocolError(str(error)) from error


def _read(connection: HTTP11Connection, timeout: float | None) -> Iterator[bytes]:
    state = connection._h11_state
    data, state._receive_buffer = bytes(state._receive_buffer), ReceiveBuffer()
    left = 0  # of the chunk, with the line break after it
    while True:
        at, parts = 0, []
        while at < len(data):
            if left:
                part = data[at : at + left]
                at, left = at + len(part), left - len(part)
                parts.append(part if left >= len(END) else part[: max(0, len(part) - len(END) + left)])
                if not left and not END.endswith(data[max(0, at - len(END)) : at]):
                    raise httpcore2.RemoteProtocolError("A chunk of the body is longer than its size.")
                continue
            end = data.find(END, at)
            if end < 0 and len(data) - at <= MAX_HEAD_BYTES:
                break
            head = CHUNK_HEAD.fullmatch(data, at, max(at, end))
            if not head:
                raise httpcore2.RemoteProtocolError("A chunk of the body has no valid size.")
            if size := int(head[1], 16):
                at, left = end + len(END), size + len(END)
                if data.startswith(END, at + size):  # all of the chunk has come
                    parts.append(data[at : at + size])
                    at, left = at + left, 0
                continue
            if parts:
                yield b"".join(parts)
            state.receive_data(data[at:])
            while not isinstance(connection._receive_event(timeout), h11.EndOfMessage):
                pass
            return
        if parts:
            yield b"".join(parts)
        more = connection._network_stream.read(READ_BYTES, timeout)
        if not more:
            raise httpcore2.RemoteProtocolError("The connection was closed before the end of the body.")
        data = data[at:] + more if at < len(data) else more
