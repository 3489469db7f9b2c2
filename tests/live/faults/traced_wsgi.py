"""The application with a trace: it counts switches of green threads within the bookkeeping of libraries.

`GET /switches` returns `{"library: function": count}`.
"""

# ruff: noqa: I001 (wsgi first: it patches what the application imports)
from wsgi import app

import collections
from typing import Any

import greenlet

#: Code whose data is inconsistent in between: parts of paths, and functions, if not the whole file.
BOOKKEEPING: dict[str, set[str]] = {
    "/httpcore2/_sync/connection_pool.py": {"_assign_requests_to_connections", "_close_connections"},
    "/sqlalchemy/pool/": set(),
    "/logging/__init__.py": set(),
    "/prometheus_client/": set(),
    "/socketio/base_manager.py": set(),
    "/socketio/manager.py": set(),
    "/openai/_base_client.py": {"platform_headers"},
    "/chatapp/storage/database.py": {"insert_rows"},
}
switches: collections.Counter[str] = collections.Counter()


def trace(_event: str, greenlets: tuple[Any, Any]) -> None:
    frame = greenlets[0].gr_frame
    while frame:
        code = frame.f_code
        for path, functions in BOOKKEEPING.items():
            if path in code.co_filename and (not functions or code.co_name in functions):
                switches[f"{path.strip('/')}: {code.co_name}"] += 1
        frame = frame.f_back
    switches["all"] += 1


@app.get("/switches")
def switches_by_function() -> dict[str, int]:
    return dict(switches)


greenlet.settrace(trace)

__all__ = ["app"]
