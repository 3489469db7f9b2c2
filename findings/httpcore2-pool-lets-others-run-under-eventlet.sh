#!/usr/bin/env bash
# httpcore2 2.16.2 under eventlet 0.41.3 (monkey_patch): the connection pool lets other green threads run in the middle
# of its book-keeping, with its lock held.
#
# Guess: ConnectionPool._assign_requests_to_connections() runs as one piece, as it does with threads: it holds a lock
# and reads no body. Found: it asks each idle connection whether it is readable (has_expired), by select.select(),
# because eventlet takes select.poll away; eventlet's select() switches to the hub even with a time-out of 0. So whoever
# uses the pool meanwhile waits for its lock, and a green thread that is killed there never gives its connection back.
#
# Output seen (2026-11-29, Python 3.11.7, Linux 6.18):
#   switches within _assign_requests_to_connections: 6 with 3 idle connections
# Exits 1 where that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check eventlet==0.41.3 greenlet==3.5.6 httpx2==2.16.2 httpcore2==2.16.2 h11==0.16.0
cat > "$folder/look.py" <<'PYTHON'
import eventlet

eventlet.monkey_patch()

import sys

import greenlet
import httpcore2

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def serve(connection):
    while connection.recv(65536):
        connection.sendall(ANSWER)


def accept(listener):
    while True:
        eventlet.spawn(serve, listener.accept()[0])


listener = eventlet.listen(("127.0.0.1", 0))
eventlet.spawn(accept, listener)
url = "http://127.0.0.1:%d/" % listener.getsockname()[1]
pool = httpcore2.ConnectionPool(max_connections=10)
# Three at the same time, so that three connections are idle afterwards.
for green in [eventlet.spawn(pool.request, "GET", url) for _ in range(3)]:
    assert green.wait().status == 200
idle = sum(connection.is_idle() for connection in pool.connections)

switches = []


def trace(event, greenlets):
    frame = greenlets[0].gr_frame
    while frame:
        if frame.f_code is httpcore2.ConnectionPool._assign_requests_to_connections.__code__:
            switches.append(event)
        frame = frame.f_back


greenlet.settrace(trace)
assert pool.request("GET", url).status == 200
greenlet.settrace(None)
print("switches within _assign_requests_to_connections:", len(switches), "with", idle, "idle connections")
sys.exit(0 if switches else 1)
PYTHON
timeout 60 "$folder/venv/bin/python" -W ignore "$folder/look.py"
