"""File names and archives."""

import io
import zipfile

import pytest

from chatapp.transfer.file_names import FileNames, file_stem
from chatapp.transfer.zip_stream import PIECE_BYTES, stream_zip

DAY = 1_762_300_000.0


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("서울 여행", "2025-11-04 서울 여행"),
        ("../../etc/passwd", "2025-11-04 .. .. etc passwd"),
        ("..\\..\\windows", "2025-11-04 .. .. windows"),
        ("a/b:c*d?e", "2025-11-04 a b c d e"),
        ("line\nbreak\0null\x1b[31m", "2025-11-04 line break null [31m"),
        ("ends with dots...  ", "2025-11-04 ends with dots"),
        ("\u202egpj.exe", "2025-11-04 gpj.exe"),
        ("CON", "2025-11-04 CON"),
        ("///", "2025-11-04"),
        ("", "2025-11-04"),
        ("\u1100\u1161", "2025-11-04 가"),
    ],
)
def test_a_title_becomes_a_file_name_for_every_system(title, stem):
    assert file_stem(title, DAY) == stem


def test_a_long_title_is_cut_between_characters():
    stem = file_stem("가" * 500, DAY)
    assert len(stem.encode()) <= 170
    assert stem.endswith("가")


def test_file_names_are_unique():
    names = FileNames()
    taken = [names.unique_name(title, DAY, ".md") for title in ("A", "a", "A", "A (2)", "a (2)")]
    assert taken[:3] == ["2025-11-04 A.md", "2025-11-04 a (2).md", "2025-11-04 A (3).md"]
    assert len({name.casefold() for name in taken}) == 5


def test_an_archive_is_written_in_pieces_and_reads_whole():
    long = "가나다" * PIECE_BYTES
    files = [("2025-11-04 서울.md", DAY, ["하나 ", "둘"]), ("empty.md", 0.0, []), ("long.md", 1e10, [long])]
    pieces = list(stream_zip(files))
    assert len(pieces) > 5
    archive = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert archive.testzip() is None
    assert archive.namelist() == ["2025-11-04 서울.md", "empty.md", "long.md"]
    assert [member.date_time for member in archive.infolist()] == [
        (2025, 11, 4, 23, 46, 40),
        (1980, 1, 1, 0, 0, 0),
        (2107, 12, 31, 23, 59, 58),
    ], "the files' own times, within those that an archive can hold"
    assert archive.infolist()[0].flag_bits & 0x800, "the name says that it is UTF-8"
    assert archive.read("2025-11-04 서울.md").decode() == "하나 둘"
    assert archive.read("long.md").decode() == long


def test_an_archive_may_be_empty():
    assert zipfile.ZipFile(io.BytesIO(b"".join(stream_zip([])))).namelist() == []


def test_an_archive_can_be_closed_before_its_end():
    pieces = stream_zip([("a.md", DAY, ["x"]), ("b.md", DAY, ["y"])])
    next(pieces)
    pieces.close()
