"""Closes the open blocks of a Markdown text, so that they do not include the text that follows in a document."""

import re

from chatapp.transfer.formats.fences import FENCE, closes

LINE_END = re.compile(r"\r\n|\n|\r")
#: 4.6, the kinds of HTML blocks that an empty line does not end: start, end marker, text that closes them.
HTML = (
    (re.compile(r" {0,3}<(pre|script|style|textarea)(?=[\s>]|$)", re.I), None, None),
    (re.compile(r" {0,3}<!--"), "-->", "-->"),
    (re.compile(r" {0,3}<\?"), "?>", "?>"),
    (re.compile(r" {0,3}<!\[CDATA\["), "]]>", "]]>"),
    (re.compile(r" {0,3}<![A-Za-z]"), ">", ">"),
)
VERBATIM_END = re.compile(r"</(pre|script|style|textarea)>", re.I)
#: The start of a container. It ends, with all its open blocks, at a line that is not indented.
CONTAINER = re.compile(r"(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)|>")


def close_blocks(text: str) -> str:
    """Return a Markdown text, with a fence or an HTML block closed that is open at its end."""
    end = _open_end(text)
    if end is None:
        return text
    return f"{text}{'' if text.endswith(chr(10)) else chr(10)}{end}"


def fence_text(text: str, language: str = "") -> str:
    """Return a text as a code block, with a fence longer than any in the text."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip(chr(10))}\n{fence}"


def _open_end(text: str) -> str | None:
    """Return the text that closes the open block at the end of a text, or None."""
    end: str | None = None
    is_contained = False
    for line in LINE_END.split(text):
        if end is not None:
            if _closes(line, end):
                end = None
            continue
        if line and line[0] not in " \t":
            is_contained = CONTAINER.match(line) is not None
        if not (is_contained and line[:1] in {" ", "\t"}):
            end = _find_end_marker(line)
    return end


def _find_end_marker(line: str) -> str | None:
    if match := FENCE.match(line):
        return match[2]
    for begin, marker, written in HTML:
        if match := begin.match(line):
            if marker is None:
                return None if VERBATIM_END.search(line) else f"</{match[1].lower()}>"
            return None if marker in line[match.end() :] else written
    return None


def _closes(line: str, end: str) -> bool:
    if end[0] in "`~":
        return closes(line, end)
    if end.startswith("</"):
        return VERBATIM_END.search(line) is not None
    return end in line
