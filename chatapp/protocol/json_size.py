"""The bound of JSON from clients by its values: a mebibyte of empty lists costs more than any text of that size."""

import re

#: A shorter text cannot be costly. Of a longer one, so much may stand outside of strings.
PLAIN_CHARACTERS = 64 * 1024
MAX_STRINGS = 10_000
#: Without backtracking, so that a string without an end is found out in one pass.
STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


def check_size(text: str) -> None:
    """Raise ValueError for a JSON text with more values than any command has."""
    if len(text) <= PLAIN_CHARACTERS:
        return
    outside = end = strings = 0
    while (start := text.find('"', end)) >= 0:
        outside, strings = outside + start - end, strings + 1
        string = STRING.match(text, start)
        if not string or strings > MAX_STRINGS or outside > PLAIN_CHARACTERS:
            raise ValueError("the JSON has too many values, or a string without an end")
        end = string.end()
    if outside + len(text) - end > PLAIN_CHARACTERS:
        raise ValueError("the JSON has too many values")
