#!/usr/bin/env bash
# python-engineio 4.15.1 on eventlet 0.41.3: join() of a background task returns at once while the task has not begun.
#
# Guess: `start_background_task(...).join()` waits for the end of the task, as for a thread. Found: the wrapper for
# eventlet (engineio/async_drivers/eventlet.py) waits only `if self.g`, and a greenlet is false until it first runs. So a
# WebSocket's reader that ends at once (a client that sends a close frame with its handshake) does not wait for its
# writer, which begins after the connection has been taken down.
#
# Output seen (2026-11-30, Python 3.11.7): after join: []; after the next switch: ['ran']
# Exits 1 where that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  eventlet==0.41.3 greenlet==3.5.6 python-engineio==4.15.1 simple-websocket==1.1.0
cat > "$folder/look.py" <<'PYTHON'
import sys

import engineio
import eventlet

ran = []
task = engineio.Server(async_mode="eventlet").start_background_task(ran.append, "ran")
task.join()
joined = list(ran)
eventlet.sleep()
print(f"after join: {joined}; after the next switch: {ran}")
sys.exit((joined, ran) != ([], ["ran"]))
PYTHON
timeout 60 "$folder/venv/bin/python" -W ignore "$folder/look.py"
