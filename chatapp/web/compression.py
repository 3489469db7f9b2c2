"""Responses in gzip, for whom it reaches smaller and in whose name nobody else could have asked.

Gzip and nothing newer: Brotli would take 14 % off a first load of 90 kB, for a dependency in C. A proxy that
compresses too (nginx) leaves what is compressed already as it is.
"""

import gzip
from functools import partial

from flask import Flask, Request, Response, request

from chatapp.server.concurrency import in_thread

#: What is smaller fits into the packet that its headers need anyway.
MIN_BYTES = 1024
#: What is larger is compressed where it holds up nobody: it takes milliseconds.
MUCH_BYTES = 64 * 1024
BEST, QUICK = 9, 5
TYPES = {"text/html", "text/javascript", "application/json", "application/problem+json", "application/manifest+json"}


def compressed(data: bytes, level: int = BEST) -> bytes:
    """Return gzip's form of the bytes, the same each time."""
    pack = partial(gzip.compress, data, level, mtime=0)
    return pack() if len(data) <= MUCH_BYTES else in_thread(pack)


def is_wanted(asked: Request) -> bool:
    """Tell whether who asks takes gzip."""
    return asked.accept_encodings["gzip"] > 0


def install(app: Flask) -> None:
    """Compress pages and JSON of the application as they leave; streams (exports, events) are left alone."""

    @app.after_request
    def compress(response: Response) -> Response:
        if response.mimetype not in TYPES or response.is_streamed or "Content-Encoding" in response.headers:
            return response
        data = response.get_data()
        if len(data) < MIN_BYTES or response.status_code == 206:
            return response
        response.vary.add("Accept-Encoding")
        if is_wanted(request) and not _is_anothers(request):
            response.set_data(compressed(data, QUICK))
            response.headers["Content-Encoding"] = "gzip"
        return response


def _is_anothers(asked: Request) -> bool:
    """Tell whether another site made the browser ask (as far as a browser tells: all current ones do).

    Who sees lengths on the wire and makes a victim's browser ask again and again, each time with a guess in it,
    could learn from compressed lengths whether the guess stands in the answer beside it (BREACH).
    """
    return asked.headers.get("Sec-Fetch-Site", "none") in {"cross-site", "same-site"}
