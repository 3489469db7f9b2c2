"""The JSON reader: the same values as the standard library's, for every window size."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.errors import Invalid, TooLarge
from chatapp.transfer import json_reader
from chatapp.transfer.json_reader import JsonReader

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=30,
)


def refuse_constant(name):
    raise ValueError(name)


def read(data):
    reader = JsonReader(data)
    value = reader.read_value()
    reader.expect_end()
    return value


@given(value=VALUES, window=st.integers(1, 70), ascii_only=st.booleans(), indent=st.sampled_from([None, 0, 3]))
def test_values_are_read_as_the_standard_library_reads_them(value, window, ascii_only, indent):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_reader, "WINDOW_BYTES", window)
        text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
        assert read(text.encode("utf-8", "surrogatepass") if ascii_only else text.encode()) == value


@given(value=VALUES, window=st.integers(1, 20), data=st.data())
def test_json_that_the_standard_library_refuses_is_refused(value, window, data):
    text = json.dumps(value)
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.sampled_from(["", ",", "}", '"', "x", "-", ":", "]"])) + text[at + 1 :]
    try:
        expected = json.loads(changed, parse_constant=refuse_constant)
    except ValueError:
        expected = Invalid
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_reader, "WINDOW_BYTES", window)
        try:
            found = read(changed.encode())
        except Invalid as error:
            found = expected if "appears twice" in str(error) else Invalid
    assert found == expected


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "line 1, column 1"),
        (b'{"a": 1,\n "b": }', "line 2, column 7"),
        (b'{"a": 1, "a": 2}', "appears twice"),
        (b"[1] 2", "something follows"),
        (b"[NaN]", "number cannot be read"),
        (b"[" + b"9" * 5000 + b"]", "number cannot be read"),
        (b'["\xff"]', "UTF-8"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        ('["한글"]'.encode("utf-16"), "UTF-8"),
        (b"[" * 100_000, "too deeply"),
        (b'{"a":' * 100_000, "too deeply"),
        (b'["never ended', "a string has no end"),
        (b"{1: 2}", "name in quotes"),
    ],
)
def test_invalid_json_is_refused_with_its_position(data, words):
    with pytest.raises(Invalid, match=words):
        read(data)


def test_too_many_values_are_refused(monkeypatch):
    monkeypatch.setattr(json_reader, "VALUES", 1000)
    with pytest.raises(TooLarge, match="1,000 values"):
        read(b"[" + b"[]," * 2000 + b"[]]")


def test_a_byte_order_mark_is_skipped():
    assert read(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
