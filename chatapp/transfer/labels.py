"""The translated labels in exported documents."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Labels:
    untitled: str
    user: str
    assistant: str
    system_prompt: str
    reasoning: str
    stopped: str
    failed: str
    interrupted: str
    cached: str
    #: For a branched conversation. Takes the number of messages that are not shown.
    branches: str
    image: str
    audio: str
    video: str
    file: str
    #: For a content type of a ChatGPT export without a counterpart here. Takes its name.
    other: str
    no_question: str
    #: Returns the message of an answer's stored `error`.
    describe_error: Callable[[dict[str, Any]], str]


def make_labels(_: Callable[[str], str], describe_error: Callable[[dict[str, Any]], str]) -> Labels:
    """Return the labels of a language, given its translation function `_` and its error localizer."""
    return Labels(
        untitled=_("export.untitled"),
        user=_("export.user"),
        assistant=_("export.assistant"),
        system_prompt=_("export.system_prompt"),
        reasoning=_("export.reasoning"),
        stopped=_("export.stopped"),
        failed=_("export.failed"),
        interrupted=_("export.interrupted"),
        cached=_("export.cached"),
        branches=_("export.branches"),
        image=_("export.image"),
        audio=_("export.audio"),
        video=_("export.video"),
        file=_("export.file"),
        other=_("export.other"),
        no_question=_("export.no_question"),
        describe_error=describe_error,
    )
