"""A cheap WebSocket client, since it shares the machine with the measured server.

It supports the part of RFC 6455 that a server without compression and fragmentation needs; anything else ends the
connection.
"""

import asyncio
import base64
import os
import socket
import struct
import time

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class ClosedError(ConnectionError):
    """The connection ended, or was refused."""


class WebSocket(asyncio.Protocol):
    """One connection. A subclass implements `take(payload, at)` for messages and `lose(error)` for the end."""

    def __init__(self) -> None:
        self.received_bytes = 0
        self._transport: asyncio.Transport | None = None
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._is_open = False
        self._rest = b""

    async def open(self, port: int, path: str, cookie: str) -> None:
        """Connect and shake hands. Raises ClosedError if the status is not 101."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, "127.0.0.1", port)
        headers = [
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Origin: http://127.0.0.1:{port}",
            f"Cookie: {cookie}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        ]
        self._write("\r\n".join([*headers, "", ""]).encode())
        await self._opened

    def send(self, text: str) -> None:
        """Send one text frame."""
        self._write(frame(TEXT, text.encode()))

    def close(self) -> None:
        """Send the closing frame and close the connection."""
        if self._transport and not self._transport.is_closing():
            self._write(frame(CLOSE, b"\x03\xe8"))
            self._transport.close()

    def abort(self) -> None:
        """Reset the TCP connection, as if the network had failed; unread data is lost."""
        if self._transport and not self._transport.is_closing():
            connection = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()

    def take(self, payload: bytes, at: float) -> None:
        """Handle one text message. `at`: the time (time.time) at which its bytes were read."""
        raise NotImplementedError

    def lose(self, error: ClosedError) -> None:
        """Handle the connection's end."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        error = ClosedError(f"the server closed the connection ({exc or 'without an error'})")
        if self._opened.done():
            self.lose(error)
        else:
            self._opened.set_exception(error)

    def data_received(self, data: bytes) -> None:
        at = time.time()
        self.received_bytes += len(data)
        if self._rest:
            data, self._rest = self._rest + data, b""
        if self._is_open:
            self._read_frames(data, at)
        else:
            self._read_handshake(data, at)

    def _read_handshake(self, data: bytes, at: float) -> None:
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            self._rest = data
        elif not head.startswith(b"HTTP/1.1 101 "):
            self._opened.set_exception(ClosedError(f"the handshake was refused: {head.splitlines()[0].decode()}"))
        else:
            self._is_open = True
            if not self._opened.done():  # it may have been cancelled
                self._opened.set_result(None)
            self._read_frames(rest, at)

    def _read_frames(self, data: bytes, at: float) -> None:
        start, size = 0, len(data)
        while size - start >= 2:
            length, body = data[start + 1], start + 2
            if length == 126 and size - start >= 4:
                (length,), body = struct.unpack_from("!H", data, start + 2), start + 4
            elif length == 127 and size - start >= 10:
                (length,), body = struct.unpack_from("!Q", data, start + 2), start + 10
            elif length > 125:
                break
            if body + length > size:
                break
            self._take_frame(data[start], data[body : body + length], at)
            start = body + length
        self._rest = data[start:]

    def _take_frame(self, head: int, payload: bytes, at: float) -> None:
        if head == 0x80 | TEXT:
            self.take(payload, at)
        elif head == 0x80 | PING:
            self._write(frame(PONG, payload))
        else:
            assert self._transport
            self._transport.close()

    def _write(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise ClosedError("the connection is closed")
        self._transport.write(data)


def frame(opcode: int, payload: bytes) -> bytes:
    """Return one complete frame, masked, as is required of clients."""
    size, key = len(payload), os.urandom(4)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
    mask = (key * (size // 4 + 1))[:size]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")
    return head + key + masked.to_bytes(size, "big")
