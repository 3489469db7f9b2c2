"""What the running application has registered: its commands and its routes, read from the application itself."""

import functools
import json
import subprocess
import sys
import tempfile
from typing import Any

from support.paths import ROOT
from support.processes import clean_environment
from support.run_folder import made_once
from support.waiting import LIMIT

PROGRAM = """
import json, wsgi
from chatapp.protocol import facts
from chatapp.realtime.socketio_server import socketio
rules = [[sorted(rule.methods - {"HEAD", "OPTIONS"}), rule.rule] for rule in wsgi.app.url_map.iter_rules()]
print("\\n" + json.dumps({
    "commands": sorted(socketio.server.handlers["/"]),
    "events": sorted(facts.EVENTS),
    "rules": rules,
}))
"""


@functools.cache
def registered() -> dict[str, Any]:
    """Return `{"commands", "events", "rules": [[methods, path], …]}`."""
    file = made_once("registered.json", lambda file: file.write_text(json.dumps(_read())))
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def _read() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        env = {**clean_environment(), "CHATAPP_INSTANCE": folder}
        env |= {"OPENAI_API_KEY": "test", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.strip().splitlines()[-1])
