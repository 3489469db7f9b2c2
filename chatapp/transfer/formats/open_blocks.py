"""Writes a Markdown text so that its blocks survive in a document, and do not include what follows."""

import re

from chatapp.transfer.formats.fences import FencedBlock, FenceFinder

#: A line and its end.
SPLIT = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
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
    """Return a Markdown text with every fence longer than those in its block, and with its open blocks closed.

    The page shows a block that holds blocks as one, where CommonMark has it end at the first inner fence.
    """
    parts = SPLIT.findall(text)
    lines = [line for line, _ in parts]
    finder = FenceFinder(lines)
    written: list[str] = []
    end: str | None = None
    is_contained = False
    at = 0
    while at < len(lines):
        line = lines[at]
        if end is None and line and line[0] not in " \t":
            is_contained = CONTAINER.match(line) is not None
        is_free = end is None and not (is_contained and line[:1] in {" ", "\t"})
        block = finder.block_at(at) if is_free else None
        if block:
            whole_block = _write_block(block, parts)
            # The page takes a fence for the end of Markdown only before an empty line.
            is_followed = (
                block.rest < len(lines) and lines[block.rest].strip() and not whole_block.startswith(lines[at])
            )
            written.append(f"{whole_block}{parts[at][1]}" if is_followed else whole_block)
            at = block.rest
            continue
        written.append("".join(parts[at]))
        if end is not None:
            end = None if _closes_html(line, end) else end
        elif is_free:
            end = _find_html_end(line)
        at += 1
    whole = "".join(written)
    return whole if end is None else f"{whole}{'' if whole.endswith(chr(10)) else chr(10)}{end}"


def _write_block(block: FencedBlock, parts: list[tuple[str, str]]) -> str:
    """Return a block as it is, or with a longer fence if a line in it would end it; closed in any case."""
    content = parts[block.start + 1 : block.end]
    inner = [length for line, _ in content if (length := block.inner_fence(line))]
    fence = block.fence[0] * (max(inner) + 1) if inner else block.fence
    opening = f"{block.indent}{fence}{block.info}{parts[block.start][1]}"
    body = "".join(line + line_end for line, line_end in content)
    if block.is_closed and not inner:
        return opening + body + "".join(parts[block.end])
    line_end = parts[block.end][1] if block.is_closed else ""
    begun = opening + body
    return f"{begun}{'' if begun.endswith(chr(10)) else chr(10)}{fence}{line_end}"


def fence_text(text: str, language: str = "") -> str:
    """Return a text as a code block, with a fence longer than any in the text."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip(chr(10))}\n{fence}"


def _find_html_end(line: str) -> str | None:
    """Return the text that ends the HTML block that a line opens and does not end, or None."""
    for begin, marker, written in HTML:
        if match := begin.match(line):
            if marker is None:
                return None if VERBATIM_END.search(line) else f"</{match[1].lower()}>"
            return None if marker in line[match.end() :] else written
    return None


def _closes_html(line: str, end: str) -> bool:
    return VERBATIM_END.search(line) is not None if end.startswith("</") else end in line
