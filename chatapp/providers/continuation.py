"""Continuing a partial answer: how a model is asked to.

One that is given its partial answer as the last message goes on exactly, but not every server takes that, and some want
to be told. Any model can be asked in words.
"""

import re
from typing import Any, Literal

#: How a partial answer is continued. `prefill`: it is the last message; `prefix`: that message is marked (Mistral,
#: DeepSeek); `continue_final_message`: the request says so (vLLM); `words`: the model is asked to.
Way = Literal["prefill", "prefix", "continue_final_message", "words"]
FIELDS = {"continue_final_message": {"continue_final_message": True, "add_generation_prompt": False}}
#: chatapp/demo recognises these sentences.
REQUESTS = {
    "en": (
        "Continue exactly where your last message stopped, in the same language and format. "
        "Do not repeat anything, do not apologise, do not comment: write only what comes next."
    ),
    "ko": (
        "마지막 메시지가 끊긴 바로 그 자리에서 같은 언어와 형식으로 이어서 쓰세요. "
        "아무것도 되풀이하지 말고, 사과하지 말고, 설명하지 말고, 다음에 올 내용만 쓰세요."
    ),
}
HANGUL = re.compile(r"[가-힣]")
#: Of the end of an answer, to tell its language.
TAIL_CHARACTERS = 2000


def ask_to_continue(
    way: Way, messages: list[dict[str, Any]], partial: str
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the messages that ask for the rest of a partial answer, and the fields of the request beside them."""
    last: dict[str, Any] = {"role": "assistant", "content": partial}
    if way == "words":
        return [*messages, last, {"role": "user", "content": _request(messages, partial)}], {}
    if way == "prefix":
        last["prefix"] = True
    return [*messages, last], FIELDS.get(way, {})


def _request(messages: list[dict[str, Any]], partial: str) -> str:
    """Return the request to continue in words, in the language of the answer, or else of the question."""
    is_korean = HANGUL.search(partial[-TAIL_CHARACTERS:] or messages[-1]["content"][-TAIL_CHARACTERS:])
    return REQUESTS["ko" if is_korean else "en"]
