"""Close what a text leaves open, so that it swallows nothing of what follows it in the same document."""

import re

LINE_END = re.compile(r"\r\n|\n|\r")
#: CommonMark 0.31, 4.5. Of backticks, the info string holds none.
FENCE = re.compile(r"( {0,3})(`{3,}(?=[^`]*$)|~{3,})")
#: 4.6, the kinds of HTML that an empty line does not end: how they begin, what ends them, what is written to end them.
HTML = (
    (re.compile(r" {0,3}<(pre|script|style|textarea)(?=[\s>]|$)", re.I), None, None),
    (re.compile(r" {0,3}<!--"), "-->", "-->"),
    (re.compile(r" {0,3}<\?"), "?>", "?>"),
    (re.compile(r" {0,3}<!\[CDATA\["), "]]>", "]]>"),
    (re.compile(r" {0,3}<![A-Za-z]"), ">", ">"),
)
VERBATIM_END = re.compile(r"</(pre|script|style|textarea)>", re.I)
#: What opens a container: it closes by itself, with all that is open in it, at a line that is not indented.
CONTAINER = re.compile(r"(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)|>")


def close_blocks(text: str) -> str:
    """Return a Markdown text with a fence or an HTML block that is open at its end closed."""
    end = _open_end(text)
    if end is None:
        return text
    return f"{text}{'' if text.endswith(chr(10)) else chr(10)}{end}"


def fence_text(text: str, language: str = "") -> str:
    """Return a text as a code block, in a fence that is longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip(chr(10))}\n{fence}"


def _open_end(text: str) -> str | None:
    """Return what has to be written to close what is open at the end of a text."""
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
        mark = line.strip(" \t")
        return len(line) - len(line.lstrip(" ")) <= 3 and len(mark) >= len(end) and set(mark) == {end[0]}
    if end.startswith("</"):
        return VERBATIM_END.search(line) is not None
    return end in line
