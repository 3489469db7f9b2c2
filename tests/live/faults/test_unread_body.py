"""A body that nobody reads: it is read away without holding up anybody."""

import contextlib
import socket
import threading

from support.waiting import eventually

HEAD = (
    "POST /api/conversations/import HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
    "Content-Type: application/json\r\nContent-Length: 1000000000000\r\n\r\n"
)
PIECE = b"0" * 262_144


def pour(connection, poured, enough):
    """Send without an end, as fast as the server takes it."""
    with contextlib.suppress(OSError):
        while not enough.is_set():
            connection.sendall(PIECE)
            poured.append(len(PIECE))


def test_an_endless_body_that_is_refused_holds_up_no_tab(server, tab):
    poured, enough = [], threading.Event()
    running = tab.ask("script?tokens=150&rate=100")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(HEAD.format(port=server.port).encode())
        assert b" 401 " in connection.recv(1000)
        sender = threading.Thread(target=pour, args=(connection, poured, enough), daemon=True)
        sender.start()
        eventually(lambda: len(poured) > 100, what="a server that reads on")
        tab.check_alive()
        assert tab.wait_ended(running["generation_id"])["status"] == "complete"
        enough.set()
        sender.join(10)
    tab.check_alive()
