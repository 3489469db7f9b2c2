#!/usr/bin/env bash
# eventlet 0.41.3: each recv() that waits registers its socket with epoll and takes it out again; no registration is kept.
#
# Guess: the hub keeps a socket that is read again and again registered, as asyncio's loops do. Found: for each wait the
# hub calls register() and unregister(), and recv() tries once before it waits, which fails while nothing has come. A
# stream of small pieces, such as a model's tokens, takes four system calls for each piece besides epoll_wait().
#
# Output seen (2026-12-01, Python 3.11.7): 100 pieces: 100 registered, 100 unregistered, 200 recv()
# Exits 1 where that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check eventlet==0.41.3 greenlet==3.5.6
cat > "$folder/look.py" <<'PYTHON'
import collections
import sys

import eventlet
import eventlet.hubs

PIECES = 100
calls = collections.Counter()


class Counting:
    """Passes calls on, and counts them."""

    def __init__(self, counted):
        self._counted = counted

    def __getattr__(self, name):
        function = getattr(self._counted, name)

        def call(*args, **options):
            calls[name] += 1
            return function(*args, **options)

        return call if callable(function) else function


eventlet.hubs.use_hub("epolls")
hub = eventlet.hubs.get_hub()
listener = eventlet.listen(("127.0.0.1", 0))
sender = eventlet.connect(listener.getsockname())
receiver, _ = listener.accept()
hub.poll = Counting(hub.poll)
receiver.fd = Counting(receiver.fd)


def send():
    sender.sendall(b"x")


for _ in range(PIECES):
    eventlet.spawn(send)  # runs while this thread waits
    assert receiver.recv(1000) == b"x"
registered, unregistered = calls["register"], calls["unregister"]
print(f"{PIECES} pieces: {registered} registered, {unregistered} unregistered, {calls['recv']} recv()")
sys.exit((registered, unregistered, calls["recv"]) != (PIECES, PIECES, 2 * PIECES))
PYTHON
timeout 60 "$folder/venv/bin/python" -W ignore "$folder/look.py"
