"""ChatGPT's canvas: documents that are written beside the conversation."""

import json
import re
from typing import Any

from chatapp.transfer.formats.fences import fenced_blocks
from chatapp.transfer.formats.texts import note_document, one_line

#: The message with a new document is addressed to this tool.
CREATES = "canmore.create_textdoc"
#: Exports of 2026 have documents as container directives: `:::writing{variant="email" subject="…" id="…"}` … `:::`.
OPENING = re.compile(r":::[a-zA-Z][\w-]{0,40}\{([^{}\n]*)\}[ \t]*")
SUBJECT = re.compile(r'\b(?:subject|title)="([^"\n]*)"')
LANGUAGE = re.compile(r"code/([A-Za-z0-9+#.-]{1,30})")


def read_textdoc(recipient: Any, text: str) -> str:
    """Return a new document, as part of the answer; empty for any other message."""
    if recipient != CREATES:
        return ""
    try:
        made = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(made, dict) or not isinstance(made.get("content"), str):
        return ""
    kind = LANGUAGE.fullmatch(str(made.get("type")))
    return note_document(str(made.get("name") or ""), made["content"], kind[1] if kind else "markdown")


def open_directives(text: str) -> str:
    """Return a text whose documents stand in it as text, below their subject. Code is left alone."""
    if ":::" not in text:
        return text
    given = text.split("\n")
    code = {at for block in fenced_blocks(given) for at in range(block.start, block.rest)}
    lines: list[str] = []
    opened = 0
    for at, line in enumerate(given):
        if at in code:
            lines.append(line)
        elif match := OPENING.fullmatch(line):
            opened += 1
            subject = SUBJECT.search(match[1])
            lines += [f"**{one_line(subject[1])}**", ""] if subject and subject[1].strip() else []
        elif opened and line.rstrip(" \t") == ":::":
            opened -= 1
        else:
            lines.append(line)
    return "\n".join(lines)
