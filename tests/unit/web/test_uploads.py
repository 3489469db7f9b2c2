"""Uploads: limited in number and in time."""

import io
from types import SimpleNamespace

import pytest
from gunicorn.http.errors import InvalidChunkSize
from werkzeug.exceptions import BadRequest

from chatapp.errors import Busy, Invalid
from chatapp.server import concurrency
from chatapp.web import uploads
from chatapp.web.uploads import Uploads


class Request:
    """A request with a body; only its stream is used."""

    content_length = None
    max_content_length = None

    def __init__(self, stream):
        self.stream = stream
        self.environ = {"wsgi.input": SimpleNamespace()}


class Stalled:
    """A body that never arrives."""

    def __init__(self):
        self.is_released = False

    def read(self, _size):
        try:
            concurrency.Event().wait()
        finally:
            self.is_released = True


def test_a_body_is_read_whole():
    data = bytes(range(256)) * 2000
    assert Uploads(10**6).read(Request(io.BytesIO(data))) == data


def test_a_body_that_does_not_arrive_times_out(monkeypatch):
    monkeypatch.setattr(uploads, "UPLOAD_SECONDS", 0.05)
    body = Stalled()
    request = Request(body)
    with pytest.raises(Invalid, match="took longer"):
        Uploads(1000).read(request)
    assert body.is_released, "no task waits for it any more"
    assert request.environ["wsgi.input"].is_cut, "the worker reads no further"


def test_a_body_that_is_malformed_is_refused():
    class Malformed:
        def read(self, _size):
            raise InvalidChunkSize("xyz")

    with pytest.raises(BadRequest):
        Uploads(1000).read(Request(Malformed()))


def test_uploads_are_limited_per_owner_and_in_total():
    all_uploads = Uploads(1000)
    with all_uploads.admit("a"):
        with pytest.raises(Busy, match="of yours"), all_uploads.admit("a"):
            pass
        with all_uploads.admit("b"), all_uploads.admit("c"), pytest.raises(Busy), all_uploads.admit("d"):
            pass
        with all_uploads.admit("b"):
            pass
    with all_uploads.admit("a"):
        pass
