"""`python -m live.connections.run BASE_URL`: run the scenarios that standard input names, patched as a server is.

Each runs in a process of its own, forked from this one, which has imported everything: that takes a second of CPU. One
line of JSON for each says how it ended: `[status, standard error]`.
"""

import gc
import json
import os
import signal
import sys
import tempfile

import eventlet
from eventlet.patcher import original

eventlet.monkey_patch()

from live.connections.scenarios import bodies, interruption, network, pool, reuse  # noqa: E402
from live.connections.scenarios.harness import SCENARIOS  # noqa: E402

__all__ = ["bodies", "interruption", "network", "pool", "reuse"]

SECONDS = 100
#: The unpatched module: waiting by eventlet would start a hub here, which the forked processes would share.
_os = original("os")


def main() -> None:
    (base_url,) = sys.argv[1:]
    gc.freeze()  # each process would collect what was imported when it ends
    for line in sys.stdin:
        with tempfile.TemporaryFile() as errors:
            pid = os.fork()
            if pid == 0:
                os.dup2(errors.fileno(), sys.stdout.fileno())
                os.dup2(errors.fileno(), sys.stderr.fileno())
                signal.alarm(SECONDS)
                SCENARIOS[line.strip()](base_url)
                return
            _, status = _os.waitpid(pid, 0)
            errors.seek(0)
            print(json.dumps([os.waitstatus_to_exitcode(status), errors.read().decode(errors="replace")]), flush=True)


if __name__ == "__main__":
    main()
