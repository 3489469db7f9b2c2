"""An unread body is drained without delaying other connections."""

import contextlib
import socket
import threading

from support.waiting import LIMIT, eventually

HEAD = (
    "POST /api/conversations/import HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
    "Content-Type: application/json\r\nContent-Length: 1000000000000\r\n\r\n"
)
PIECE = b"0" * 262_144


def send_endlessly(connection, sent, is_done):
    """Send without an end, as fast as the server reads."""
    with contextlib.suppress(OSError):
        while not is_done.is_set():
            connection.sendall(PIECE)
            sent.append(len(PIECE))


def test_an_endless_refused_body_delays_no_tab(server, tab):
    sent, is_done = [], threading.Event()
    running = tab.ask("script?tokens=150&rate=100")
    with socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT) as connection:
        connection.sendall(HEAD.format(port=server.port).encode())
        assert b" 401 " in connection.recv(1000)
        sender = threading.Thread(target=send_endlessly, args=(connection, sent, is_done), daemon=True)
        sender.start()
        eventually(lambda: len(sent) > 100, what="a server that keeps reading")
        tab.check_alive()
        assert tab.wait_ended(running["generation_id"])["status"] == "complete"
        is_done.set()
        sender.join(LIMIT)
    tab.check_alive()
