"""The demo server goes on, whatever happens to one connection."""

import threading
import urllib.request

from chatapp.demo import demo_server
from chatapp.demo.demo_server import Server


def test_it_serves_on_after_a_connection_that_could_not_be_accepted(monkeypatch, capsys):
    """A process that has too many open files accepts none until others are closed."""
    monkeypatch.setattr(demo_server, "RETRY_SECONDS", 0.001)
    accept, failures = Server.get_request, [OSError(24, "Too many open files")]

    def get_request(self):
        if failures:
            raise failures.pop()
        return accept(self)

    monkeypatch.setattr(Server, "get_request", get_request)
    server = Server(idle_seconds=1)
    threading.Thread(target=server.serve, daemon=True).start()
    with urllib.request.urlopen(f"{server.base_url}/models", timeout=30) as response:
        assert response.status == 200
    assert "Too many open files" in capsys.readouterr().err
