"""Zips as other programs write them, and those that are made to hurt."""

import contextlib
import io
import json
import struct
import tracemalloc
import zipfile

import pytest

from chatapp.errors import Invalid
from chatapp.transfer import import_archive
from chatapp.transfer.import_reading import ImportProgress, Reading
from chatapp.transfer.incoming import Bounds, ImportTooLarge
from chatapp.transfer.spool import Spool
from support.words import ENGLISH

BOUNDS = Bounds(text_characters=100_000, prompt_characters=1000, options_bytes=4096, file_bytes=200_000)
NAME = "conversations.json"
CHAT = json.dumps(
    [{"uuid": "c", "name": "one", "chat_messages": [{"sender": "human", "text": "q"}, {"sender": "assistant"}]}]
).encode()
DAMAGED = "The zip is damaged, encrypted or of an unknown kind"


@pytest.fixture
def titles(tmp_path):
    def titles(data):
        """Read an upload. Returns the titles of the conversations."""
        path = tmp_path / "upload"
        path.write_bytes(data)
        reading = Reading(BOUNDS, ENGLISH, ImportProgress(), tmp_path, sleep=lambda _seconds: None)
        with path.open("rb") as file, Spool(tmp_path) as spool:
            reading.read(file, spool)
            return [one.title for _, one in spool]

    return titles


def pack(files, method=zipfile.ZIP_DEFLATED, *, force_zip64=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            with archive.open(name, "w", force_zip64=force_zip64) as member:
                member.write(data)
    return out.getvalue()


def with_wide_end(data, position=None, **narrow):
    """Return a zip with the end of writers that do not know its size before. `narrow`: fields of its narrow end."""
    at = data.rfind(b"PK\x05\x06")
    count, size, offset = struct.unpack_from("<10xHLL", data, at)
    wide = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    wide += struct.pack("<4sLQL", b"PK\x06\x07", 0, at if position is None else position, 1)
    said = {"count": 0xFFFF, "size": 0xFFFF_FFFF, "offset": 0xFFFF_FFFF} | narrow
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, said["count"], said["count"], said["size"], said["offset"], 0)
    return data[:at] + wide + end


def with_field(data, name, at, value):
    """Return a zip with another value in the fields of its first file: in its own head, and in the directory."""
    changed, directory = bytearray(data), data.rfind(b"PK\x01\x02")
    for place in (at, directory + at + 2):
        struct.pack_into(name, changed, place, value)
    return bytes(changed)


def with_bytes(data, at, value):
    return data[:at] + value + data[at + len(value) :]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip64_is_read(titles, method):
    data = pack({NAME: CHAT}, method, force_zip64=True)
    assert titles(data) == ["one"]
    assert titles(with_wide_end(data)) == ["one"]


def test_a_zip64_with_a_comment_of_any_length_is_read(titles):
    for length in (1, 65_535):
        data = with_wide_end(pack({NAME: CHAT}))
        assert titles(with_bytes(data, len(data) - 2, length.to_bytes(2, "little")) + bytes(length)) == ["one"]


def test_the_wide_end_of_a_zip64_counts_not_the_narrow_one(titles, monkeypatch):
    """zipfile reads as much as the wide one says."""
    data = pack({f"{number}.json": b"{}" for number in range(20)})
    monkeypatch.setattr(import_archive, "DIRECTORY_BYTES", 500)
    with pytest.raises(ImportTooLarge, match="too many files"):
        titles(with_wide_end(data, count=1, size=50, offset=data.find(b"PK\x01\x02")))


@pytest.mark.parametrize("position", [0, 1, 2**40])
def test_a_zip64_whose_wide_end_is_elsewhere_is_refused(titles, position):
    with pytest.raises(Invalid, match=DAMAGED):
        titles(with_wide_end(pack({NAME: CHAT}), position=position))


def test_a_locator_without_a_wide_end_is_refused(titles):
    data = with_wide_end(pack({NAME: CHAT}))
    with pytest.raises(Invalid, match=DAMAGED):
        titles(data.replace(b"PK\x06\x06", b"PK\x06\x05"))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_unpacks_without_a_bound_is_not_used(titles, method):
    bomb = pack({NAME: b" " * 32 * 1024 * 1024}, method)
    assert len(bomb) < 6000
    tracemalloc.start()
    try:
        with pytest.raises(Invalid, match=DAMAGED):
            titles(bomb)
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("method", [9, 93, 99])
def test_a_method_that_python_lacks_is_a_clear_refusal(titles, method):
    with pytest.raises(Invalid, match=DAMAGED):
        titles(with_field(pack({NAME: CHAT}), "<H", 8, method))


def test_an_encrypted_file_is_a_clear_refusal(titles):
    with pytest.raises(Invalid, match=DAMAGED):
        titles(with_field(pack({NAME: CHAT}), "<H", 6, 1))


def test_a_name_that_is_no_text_is_a_clear_refusal(titles):
    data = with_field(pack({NAME: CHAT}), "<H", 6, 0x800)
    for at in (30, data.rfind(b"PK\x01\x02") + 46):
        with pytest.raises(Invalid, match=DAMAGED):
            titles(with_bytes(data, at, b"\xff"))


def test_a_file_without_a_name_is_passed_over(titles):
    data = pack({NAME: CHAT, "conversations": CHAT})
    at = data.rfind(b"conversations")
    assert titles(with_bytes(data, at, b"\0")) == ["one"]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("value", [b"\0\0\0", b"\xff\xff\xff"])
def test_whatever_is_damaged_it_is_read_or_refused(titles, method, value):
    data = with_wide_end(pack({NAME: CHAT, "chat.json": CHAT}, method, force_zip64=True))
    for at in range(0, len(data) - 3, 3):
        with contextlib.suppress(Invalid, ImportTooLarge):
            assert set(titles(with_bytes(data, at, value))) <= {"one", "\ufffd\ufffd\ufffd"}
