"""The bound of JSON by its values: long texts pass, many values do not, and judging takes one pass."""

import json
import time

import pytest

from chatapp.protocol.json_size import MAX_STRINGS, check_size

LONG = 1_000_000


@pytest.mark.parametrize(
    "content",
    ["x" * LONG, '"' * LONG, "\\" * LONG, '[],{},"' * (LONG // 10), "\n" * LONG, "가" * LONG, "\ud800" * 100_000],
    ids=["plain", "quotes", "backslashes", "code", "lines", "Korean", "halves"],
)
def test_a_long_text_is_no_reason_to_refuse(content):
    check_size(json.dumps({"content": content, "options": {str(n): n for n in range(2000)}}))
    check_size(json.dumps({"content": content}, ensure_ascii=False))


@pytest.mark.parametrize(
    "text",
    [
        "[" + "[]," * 300_000 + "0]",
        "[" + "0," * 300_000 + "0]",
        "[" * 200_000,
        " " * LONG,
        "[" + '"",' * 300_000 + "0]",
        "[" + '"x",' * (MAX_STRINGS + 1) + '"' + "x" * LONG + '"]',
        '["' + "x" * LONG,
        '"' + '\\"' * LONG,
    ],
    ids=["lists", "numbers", "depth", "blanks", "empty strings", "strings", "no end", "quotes without an end"],
)
def test_many_values_or_a_string_without_an_end_are_refused_in_one_pass(text):
    began_at = time.process_time()
    with pytest.raises(ValueError, match="JSON has too many"):
        check_size(text)
    assert time.process_time() - began_at < 0.5
