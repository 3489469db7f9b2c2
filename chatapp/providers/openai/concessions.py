"""What a server refuses by name, and is then asked without: found in its error, and remembered by model."""

import re
from collections.abc import Iterator
from typing import Any

from chatapp.providers.base import Notice
from chatapp.providers.openai.error_reader import UpstreamError
from chatapp.providers.openai.error_rules import is_too_long

#: At most so many for one question.
MOST = 4
STREAM, COUNTS, SYSTEM, PREFILL = "stream", "stream_options", "system", "prefill"
#: Names of one option, by the age of the interface.
RENAMED = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
FIXED = {"model", "messages", STREAM, COUNTS}
NOT = r"(not|n't|un|never)[ -]?(supported|support|implemented|available|allowed|enabled|permitted)"
REFUSES = re.compile(
    rf"{NOT}|unrecogni[sz]ed|unknown|unexpected|extra (inputs|fields)"
    r"|only .{0,30}(default|allowed|supported|accepted)"
    r"|invalid (parameter|argument|field)|no such (parameter|field)|deprecated|cannot find field",
    re.IGNORECASE,
)
REFUSAL_CODES = {"unsupported_value", "unsupported_parameter", "unknown_parameter", "extra_forbidden"}
NO_STREAM = re.compile(
    rf"verified to (use )?stream|\bstream(ing)?\b\W.{{0,60}}({NOT}|must be (false|disabled))"
    r"|(not|n't) support [\w ]{0,12}\bstream(ing)?\b",
    re.IGNORECASE,
)
NO_SYSTEM = re.compile(
    rf"(system|developer)\b.{{0,10}}(role|message|prompt|instruction).{{0,60}}{NOT}"
    rf"|role.{{0,60}}{NOT}.{{0,30}}(system|developer)"
    r"|role\W.{0,60}(should|must) be (?!.*system).{0,40}assistant"
    r"|roles must alternate",
    re.IGNORECASE,
)
NO_PREFILL = re.compile(
    r"prefill|prefix|last (role|message)|(must|should|that|please)\b.{0,40} end with|roles must alternate"
    r"|final message|continue_final_message|add_generation_prompt",
    re.IGNORECASE,
)
ANSWERED_STATUSES = range(400, 600)
OTHER_STATUSES = {401, 404, 408, 429}


def find(error: UpstreamError, body: dict[str, Any]) -> str | None:
    """Return what a server refuses of a request's body: an option, or one of the names above; None if nothing."""
    if error.status not in ANSWERED_STATUSES or error.status in OTHER_STATUSES or is_too_long(error.words):
        return None
    words, messages = f"{error.words} {error.param}", body["messages"]
    if COUNTS in body and (COUNTS in words or "include_usage" in words):
        return COUNTS
    if body["stream"] and NO_STREAM.search(error.words):
        return STREAM
    if messages[-1]["role"] == "assistant" and NO_PREFILL.search(error.words):
        return PREFILL
    if messages[0]["role"] == "system" and NO_SYSTEM.search(error.words):
        return SYSTEM
    if error.code in REFUSAL_CODES or REFUSES.search(error.words):
        named = [name for name in body.keys() - FIXED if re.search(rf"\b{re.escape(name)}\b", words)]
        return min(named, key=words.index, default=None)
    return None


def can_add(refusal: str, refused: set[str]) -> bool:
    """Tell whether a request can do without another thing. A bound of the length stays, by one name or the other."""
    return refusal not in refused and RENAMED.get(refusal) not in refused and len(refused) < MOST


def apply(refused: set[str], body: dict[str, Any]) -> dict[str, Any]:
    """Return the body without what the server refuses. The bound of a length is asked for by its other name."""
    conceded = {name: value for name, value in body.items() if name not in refused or name == STREAM}
    for name in refused & body.keys() & RENAMED.keys():
        conceded.setdefault(RENAMED[name], body[name])
    if STREAM in refused:
        conceded[STREAM] = False
        conceded.pop(COUNTS, None)
    if SYSTEM in refused:
        conceded["messages"] = _without_system(body["messages"])
    return conceded


def notices(refused: set[str], body: dict[str, Any]) -> Iterator[Notice]:
    """Yield what a person should know of the request that is sent in the place of `body`."""
    if STREAM in refused:
        yield Notice("The model's server does not stream this model: the answer came whole.")
    for name in sorted((refused & body.keys()) - FIXED - RENAMED.keys()):
        yield Notice("The model's server doesn't accept the option {option}, so it was left out.", {"option": name})


def _without_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the messages with the system prompt at the beginning of the first question."""
    system, *rest = messages
    if system["role"] != "system" or not rest:
        return messages
    first, *others = rest
    return [{**first, "content": f"{system['content']}\n\n{first['content']}"}, *others]
