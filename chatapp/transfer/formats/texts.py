"""Texts of other products' messages: cleaned, joined, and with the model's thoughts apart."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chatapp.transfer.formats.open_blocks import fence_text
from chatapp.transfer.labels import Labels

THINK = re.compile(r"\s*<think(?:ing)?>(.*?)(?:</think(?:ing)?>|\Z)", re.S)
#: Open WebUI folds what a model thinks, and what its tools do, into the text.
FOLD = re.compile(r'<details type="(?:reasoning|tool_calls|code_interpreter)"[^<>]*>')
FOLD_END, SUMMARY_END = "</details>", "</summary>"
QUOTED = re.compile(r"^> ?", re.M)


@dataclass(slots=True)
class Piece:
    """The part of an answer (or of a question, which has only `text`) in one message."""

    text: str = ""
    reasoning: str = ""


def clean(text: str) -> str:
    """Return a text that every database can store: U+FFFD replaces lone surrogates and U+0000."""
    text = text.replace("\0", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def join_piece(texts: Iterable[str], reasoning: Iterable[str] = ()) -> Piece:
    return Piece(join(texts), join(reasoning))


def join(texts: Iterable[str]) -> str:
    """Join texts as paragraphs; blank ones are left out."""
    return "\n\n".join(text for text in texts if text.strip())


def first_text(holder: dict[str, Any], *names: str) -> str:
    """Return the first of these values that is a text."""
    return next((value for name in names if isinstance(value := holder.get(name), str) and value), "")


def dicts(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; anything else is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def as_dict(value: Any) -> dict[str, Any]:
    """Return a value if it is an object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def split_thoughts(text: str) -> Piece:
    """Move what a model has thought, in `<think>` at the beginning or in a fold of Open WebUI, out of its answer."""
    thoughts: list[str] = []
    if match := THINK.match(text):
        thoughts.append(match[1].strip())
        text = text[match.end() :].lstrip("\n")

    kept, at = [], 0
    while (match := FOLD.search(text, at)) and (end := text.find(FOLD_END, match.end())) >= 0:
        kept.append(text[at : match.start()])
        body = text[match.end() : end]
        body = body[body.find(SUMMARY_END) + len(SUMMARY_END) if SUMMARY_END in body else 0 :]
        thoughts.append(QUOTED.sub("", html.unescape(body).strip()))
        at = end + len(FOLD_END)
    return Piece("".join([*kept, text[at:]]).strip("\n") if at else text, join(thoughts))


def note_file(name: str, media_type: str, labels: Labels) -> str:
    """Return a note in the place of a file that is not taken: its kind, and its name if there is one."""
    words = {"image": labels.image, "video": labels.video, "audio": labels.audio}
    label = words.get(media_type.partition("/")[0], labels.file)
    return f"[{label}: {one_line(name)[:200]}]" if one_line(name) else f"[{label}]"


def note_document(title: str, text: str, language: str) -> str:
    """Return a document that was made in the conversation: Markdown as it is, anything else as a block of code."""
    head = f"**{one_line(title)}**" if one_line(title) else ""
    return join([head, text if language == "markdown" else fence_text(text, language)])


def note_tool(name: str, *texts: str) -> str:
    """Return a tool's call or result, for the reasoning."""
    head = f"`{one_line(name)[:100]}`" if name.strip("` ") else ""
    return join([head, *(fence_text(text) for text in texts if text.strip())])


def one_line(text: str) -> str:
    return " ".join(text.split())
