"""Green threads switch nowhere within a library's bookkeeping."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support.paths import ROOT


def test_no_green_thread_switches_within_the_bookkeeping_of_a_library(new_server, new_client):
    """The real worker under load: questions, stops, faults, new and closed tabs, lists, searches, metrics."""
    server = new_server(start=False)
    server.env["PYTHONPATH"] = f"{Path(__file__).parent}:{ROOT}"
    server.command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "traced_wsgi:app"]
    server.start()

    def visit(number):
        client = new_client(server)
        for turn in range(5):
            tab = client.tab()
            conversation = tab.ask_and_wait("script?tokens=20")["conversation"]["id"]
            tab.ask_and_wait("script?tokens=20&fault=cut&at=3", conversation)
            running = tab.ask("script?tokens=500&rate=200", conversation)
            tab.wait_text(running["generation_id"], f"{10 * turn + 1} ")
            tab.ok("stop_generation", generation_id=running["generation_id"])
            for path in ("/api/conversations?q=1", "/api/models", "/metrics", "/readyz"):
                assert client.get(path).status == 200
            tab.close()

    with ThreadPoolExecutor(8) as visitors:
        list(visitors.map(visit, range(8)))
    switches = json.loads(new_client(server).get("/switches").body)
    assert switches.pop("all") > 1000
    assert switches == {}
