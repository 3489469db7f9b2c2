"""What is said of models, and of an answer that is complete: how it ended, which one has answered, how it was made."""

import re
from collections.abc import Iterator
from typing import Any

#: By the reason with which the answer has finished; others are nothing to be told.
ENDS = {
    "length": "The answer was cut off: the limit of tokens was reached.",
    "content_filter": "The answer was cut off by a content filter.",
    "refusal": "The model declined to answer.",
    "tool_calls": "The model wanted to use a tool that is not available here.",
}
PLACEHOLDER = re.compile(r"\{(\w+)\}")
FILE = re.compile(r"\.(gguf|ggml|bin|safetensors)$", re.IGNORECASE)
PART = re.compile(r"-\d{5}-of-\d{5}$")
PATH = re.compile(r"^(?:[A-Za-z]:)?[\\/]|^\.{1,2}[\\/]|^~[\\/]|\\")


def remarks(message: dict[str, Any]) -> Iterator[str]:
    """Yield the sentences about an answer."""
    if end := ENDS.get(message.get("finish_reason") or ""):
        yield end
    asked, answered = (display_name(message.get(name) or "") for name in ("model", "answered_by"))
    # A release of the model that was asked, such as one with a date, is no other model.
    if answered and not answered.startswith(asked.rpartition("/")[2]):
        yield f"{answered} has answered."
    for notice in message.get("notices") or ():
        yield _fill(notice["text"], notice["values"])


def model_line(model: dict[str, Any], default: str) -> str:
    """Return the line of a model in a list: what `--model` takes, and its name if the operator has given it one."""
    named = [model["name"]] if not model["id"].endswith(model["name"]) else []
    remarks = ", ".join([*named, *(["default"] if model["id"] == default else [])])
    return f"{model['id']}  ({remarks})" if remarks else str(model["id"])


def display_name(model: str) -> str:
    """Return the name of a model as chatapp/providers/model_names.py does: of a file without folders and ending."""
    name = re.split(r"[\\/]", model.rstrip("\\/"))[-1] if PATH.search(model) or FILE.search(model) else model
    return PART.sub("", FILE.sub("", name)) or model


def _fill(text: str, values: dict[str, Any]) -> str:
    return PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), text)
