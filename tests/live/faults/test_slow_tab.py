"""Rule 7: a slow or sleeping tab delays nobody."""

import socket

from support.client import Client
from support.waiting import LIMIT


class SleepingTab:
    """A tab with a small buffer that joins a conversation and then reads nothing."""

    def __init__(self, client: Client, conversation_id: str) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self._socket.settimeout(LIMIT)
        self._socket.connect(("127.0.0.1", client.port))
        self._socket.sendall(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{client.port}\r\nOrigin: {client.origin}\r\nCookie: {client.cookie}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
        )
        self._wait_for(b"0{")
        self._send("40")
        self._wait_for(b"40{")
        self._send(f'420["open_conversation",{{"conversation_id":"{conversation_id}"}}]')
        self._wait_for(b"430[")

    def _wait_for(self, part: bytes) -> None:
        seen = b""
        while part not in seen:
            seen += self._socket.recv(2048)

    def _send(self, text: str) -> None:
        """Send one frame, masked with zeros, which change nothing."""
        body = text.encode()
        assert len(body) < 126
        self._socket.sendall(bytes([0x81, 0x80 | len(body), 0, 0, 0, 0]) + body)

    def is_cut(self) -> bool:
        """Tell whether the server has closed the connection."""
        try:
            while self._socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        self._socket.close()


def test_rule_7_a_tab_that_does_not_read_delays_nobody_and_is_disconnected(server, client, tab):
    """Over twenty megabytes wait for it, more than kernel buffers hold."""
    conversation_id = tab.ask_and_wait("script?tokens=1")["conversation"]["id"]
    sleeping = SleepingTab(client, conversation_id)
    try:
        for _ in range(12):
            ack = tab.ask("script?tokens=3800&size=250", conversation_id, parent_id=None)
            assert tab.wait_ended(ack["generation_id"])["status"] == "complete"
        tab.check_alive()
        assert sleeping.is_cut()
        assert "Let a tab go that does not read" in server.log(), "it was cut by a missed ping"
    finally:
        sleeping.close()
