"""An OpenAI-compatible upstream on loopback: the default without an API key, and the faulty upstream of the tests.

It imports nothing else of the application, which reaches it over HTTP like any other provider.
"""

import os
import threading

from chatapp.demo.demo_server import Server

_base_urls: dict[int, str] = {}


def start() -> str:
    """Serve the demo upstream from a background thread, once per process, and return its base URL."""
    # Keyed by process: a forked worker inherits this dictionary, but not the thread that serves.
    if os.getpid() not in _base_urls:
        server = Server()
        _base_urls[os.getpid()] = server.base_url
        threading.Thread(target=server.serve, name="demo-upstream", daemon=True).start()
    return _base_urls[os.getpid()]
