#!/usr/bin/env bash
# eventlet 0.41.3 (monkey_patch) and subprocess of Python 3.11: Popen() lets other green threads run before it returns.
#
# Guess: only waiting for a process, or for its pipes, lets others run; Popen() itself does not. Found: Popen() reads the
# pipe by which its child tells of a failed exec, by os.read(), which eventlet patches. So "start a process unless there
# is one" is no single step: all who ask meanwhile start one as well.
#
# Output seen (2026-11-29, Python 3.11.7, Linux 6.18):
#   subprocess.Popen: another green thread ran before it returned: True
# Exits 1 where that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check eventlet==0.41.3 greenlet==3.5.6
cat > "$folder/look.py" <<'PYTHON'
import eventlet

eventlet.monkey_patch()

import subprocess
import sys

ran = []
eventlet.spawn(ran.append, True)
process = subprocess.Popen(["true"])
found = bool(ran)
process.wait()
print("subprocess.Popen: another green thread ran before it returned:", found)
sys.exit(0 if found else 1)
PYTHON
timeout 60 "$folder/venv/bin/python" -W ignore "$folder/look.py"
