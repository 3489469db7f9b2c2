#!/usr/bin/env bash
# eventlet 0.41.3: recv() of a green socket returns b"" where the connection was reset, as it does at its orderly end.
#
# Guess: as everywhere, a reset raises ConnectionResetError, so that a client can tell a request that the server never
# read (it may be sent again) from one that it read. Found: GreenSocket.recv() takes ECONNRESET for the end of the file
# (SOCKET_CLOSED in eventlet/greenio/base.py), and SO_ERROR is cleared by then. What is left is the connection's state
# in TCP_INFO: CLOSE after a reset, CLOSE_WAIT after an orderly end.
#
# Output seen (2026-11-30, Python 3.11.7, Linux 6.18):
#   plain: ConnectionResetError; eventlet: b''; SO_ERROR 0; TCP_INFO state 7
# Exits 1 where that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check eventlet==0.41.3 greenlet==3.5.6
cat > "$folder/look.py" <<'PYTHON'
import socket
import sys

from eventlet.greenio import GreenSocket


def reset():
    """Return a connected socket whose other end was closed with something unread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        client.sendall(b"never read")
        server.recv(1, socket.MSG_PEEK)
        server.close()
        return client


plain = "no error"
with reset() as client:
    try:
        client.recv(1)
    except ConnectionResetError as error:
        plain = type(error).__name__
with reset() as client:
    wrapped = GreenSocket(client)
    green = wrapped.recv(1)
    error = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    state = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
print(f"plain: {plain}; eventlet: {green}; SO_ERROR {error}; TCP_INFO state {state}")
sys.exit((plain, green, error, state) != ("ConnectionResetError", b"", 0, 7))
PYTHON
timeout 60 "$folder/venv/bin/python" -W ignore "$folder/look.py"
