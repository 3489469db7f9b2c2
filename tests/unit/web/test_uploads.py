"""Uploads: few at once, and a slow one holds up nobody."""

import io
from types import SimpleNamespace

import pytest

from chatapp.errors import Busy, TooLarge, Unavailable
from chatapp.web import uploads
from chatapp.web.uploads import MAX_PER_ADDRESS, Uploads


def request(data, **fields):
    """Return a request with a body, of which only the stream matters."""
    return SimpleNamespace(**{"content_length": None, "stream": io.BytesIO(data), **fields})


@pytest.fixture
def all_uploads(tmp_path):
    return Uploads(10**6, tmp_path, lambda: None)


def test_a_body_is_received_whole_and_leaves_no_file(all_uploads, tmp_path):
    data = bytes(range(256)) * 2000
    with all_uploads.receive(request(data)) as file:
        assert file.read() == data
    assert list(tmp_path.iterdir()) == []


def test_a_body_that_is_declared_too_large_is_not_read(all_uploads):
    with pytest.raises(TooLarge), all_uploads.receive(request(b"", content_length=10**6 + 1, stream=None)):
        pass


def test_a_disk_that_becomes_full_ends_the_upload(tmp_path):
    def check_room():
        raise Unavailable("The disk is almost full.")

    with pytest.raises(Unavailable), Uploads(10, tmp_path, check_room).receive(request(b"x")):
        pass


def test_uploads_are_limited_per_owner_and_per_address(all_uploads):
    with all_uploads.admit("a", "1.1.1.1", "its work"):
        with pytest.raises(Busy, match="of yours"), all_uploads.admit("a", "2.2.2.2", "its work"):
            pass
        others = [all_uploads.admit(str(number), "1.1.1.1", "its work") for number in range(MAX_PER_ADDRESS - 1)]
        for other in others:
            other.__enter__()
        with pytest.raises(Busy), all_uploads.admit("b", "1.1.1.1", "its work"):
            pass
        with all_uploads.admit("b", "2.2.2.2", "its work"):
            pass
        for other in others:
            other.__exit__(None, None, None)
    with all_uploads.admit("a", "1.1.1.1", "its work"):
        pass


def test_uploads_are_limited_in_total(all_uploads, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_UPLOADS", 1)
    with (
        all_uploads.admit("a", "1.1.1.1", "its work"),
        pytest.raises(Busy),
        all_uploads.admit("b", "2.2.2.2", "its work"),
    ):
        pass
