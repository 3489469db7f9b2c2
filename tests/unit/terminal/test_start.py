"""The terminal starts fast and without the server's packages."""

import subprocess
import sys

from support.paths import ROOT


def test_the_terminal_imports_none_of_the_servers_packages():
    """Its start stays fast, and it runs where `requests` is not installed."""
    program = (
        "import sys; sys.modules['requests'] = None; import chatapp.terminal; "
        "print(*({'flask', 'sqlalchemy', 'openai', 'eventlet', 'pydantic', 'socketio'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
