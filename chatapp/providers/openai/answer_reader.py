"""Reads the objects of an answer in the Chat Completions format, strictly only where text could be lost.

Streamed chunks (`delta`), whole answers (`message`), and those of the older Completions (`text`) are read alike.
"""

from typing import Any

from chatapp.providers.base import Answered, Chunk, Finish, Notice, Reasoning, Usage
from chatapp.providers.model_names import display_name
from chatapp.providers.openai import finish_reasons

REASONING = ("reasoning_content", "reasoning", "thinking", "reasoning_text", "thinking_content", "thought")
#: Lists of parts that hold the reasoning, often beside the fields above.
REASONING_PARTS = ("reasoning_details", "thinking_blocks")
THOUGHTS = ("think", "reason", "thought")
TEXTS = ("text", "content", "refusal", "value", "thinking", "summary", "transcript")
MAX_NAMES = 5


class AnswerReader:
    """Reads the objects of one answer. `asked`: the model that was asked.

    `is_understood`: at least one object was one of an answer. `is_whole`: a message has come in one piece. `reason`:
    with which the answer has finished. `error`: of a choice. `tools`: the names of those that the model would call.
    """

    def __init__(self, asked: str) -> None:
        self.is_understood = self.is_whole = self.is_finished = self.has_called = False
        self.reason = ""
        self.error: Any = None
        self.tools: list[str] = []
        self._asked = asked
        self._index: int | None = None
        self._is_plain = self._has_model = self._has_said = self._has_text = self._has_refused = False
        self._chunks: list[Chunk] = []

    @property
    def has_failed(self) -> bool:
        """Whether the answer has finished with an error."""
        return self.reason.lower() in finish_reasons.ERRORS

    def plain_text(self, answer: dict[str, Any]) -> str:
        """Return the text of an object that holds nothing new but text, as most do; empty for others: see `read`."""
        if not self._is_plain:
            return ""
        try:
            (choice,) = answer["choices"]
            delta, index, reason = choice["delta"], choice["index"], choice["finish_reason"]
            text: Any = delta["content"]
        except (KeyError, TypeError, ValueError):
            return ""
        is_plain = (
            reason is None
            and index == self._index
            and type(text) is str
            and len(delta) == 1 + ("role" in delta)
            and not answer.get("usage")
            and "error" not in answer
        )
        return text if is_plain else ""

    def read(self, answer: dict[str, Any]) -> list[Chunk]:
        """Return the chunks of one object."""
        choices = answer.get("choices")
        if isinstance(choices, list | dict):
            for choice in choices if isinstance(choices, list) else [choices]:
                if isinstance(choice, dict) and self._is_ours(choice):
                    self.is_understood = True
                    self._read_choice(choice)
                    break
        if not self._has_model and isinstance(model := answer.get("model"), str) and model:
            self._has_model = True
            name = display_name(model)
            if name != display_name(self._asked):
                self._chunks.append(Answered(name))
        counts = answer.get("usage")
        if counts or "x_groq" in answer:
            groq = answer.get("x_groq")
            self._read_usage(counts or (groq.get("usage") if isinstance(groq, dict) else None))
        self._is_plain = self._has_text and self._has_model and not self.is_finished
        chunks, self._chunks = self._chunks, []
        return chunks

    def _is_ours(self, choice: dict[str, Any]) -> bool:
        """Tell whether this is the one choice that was asked for: some servers send others, or number it oddly."""
        index = choice.get("index")
        if type(index) is not int:
            return True
        if self._index is None:
            self._index = index
        return index == self._index

    def _read_choice(self, choice: dict[str, Any]) -> None:
        self._read_said(choice)
        if error := choice.get("error"):
            self.error = error
        if "usage" in choice:
            self._read_usage(choice["usage"])
        reason = choice.get("finish_reason") or choice.get("finishReason")
        if isinstance(reason, str) and (reason := reason.strip()).lower() not in finish_reasons.NONE:
            self._finish(finish_reasons.normal(reason))

    def _finish(self, reason: str) -> None:
        self.is_finished = True
        self.reason = finish_reasons.REFUSAL if self._has_refused else reason
        if self.has_failed:
            return
        if self.has_called and self._has_text:
            self._chunks.append(tool_notice(self.tools))
        self._chunks.append(Finish(self.reason, is_end=True))

    def _read_said(self, choice: dict[str, Any]) -> None:
        """Read the new part of the message. Some servers repeat the whole message beside, or after, its parts."""
        delta = choice.get("delta")
        if isinstance(delta, dict) and delta:
            self._read_message(delta)
        elif isinstance(delta, str):
            self._say(delta)
        message = choice.get("message")
        if message:
            self.is_whole = True
            if not self._has_said:
                self._read_message(message if isinstance(message, dict) else {"content": message})
        elif isinstance(text := choice.get("text"), str) and not delta:
            self._say(text)

    def _read_message(self, said: dict[str, Any]) -> None:
        content = said.get("content")
        if type(content) is str and len(said) == 1:
            self._say(content)
            return
        thought = next((text for name in REASONING if (text := _text(said.get(name)))), "")
        thought = thought or next((text for name in REASONING_PARTS if (text := _text(said.get(name)))), "")
        self._think(thought)
        for part in content if isinstance(content, list) else [content]:
            self._read_part(part, is_thought=said.get("thought") is True)
        if refusal := _text(said.get("refusal")):
            self._has_refused = True
            self._say(refusal)
        if "audio" in said:
            self._say(_text(said["audio"]))
        self._note_tools(said)

    def _read_part(self, part: Any, *, is_thought: bool) -> None:
        kind = part.get("type") if isinstance(part, dict) else None
        if isinstance(kind, str):
            is_thought = is_thought or part.get("thought") is True or any(word in kind for word in THOUGHTS)
            self._has_refused = self._has_refused or (kind == "refusal" and bool(_text(part)))
        if is_thought:
            self._think(_text(part))
        else:
            self._say(_text(part))

    def _say(self, text: str) -> None:
        if text:
            self._has_said = self._has_text = True
            self._chunks.append(text)

    def _think(self, text: str) -> None:
        if text:
            self._has_said = True
            self._chunks.append(Reasoning(text))

    def _note_tools(self, said: dict[str, Any]) -> None:
        calls = said.get("tool_calls")
        calls = [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
        called = said.get("function_call")
        self.has_called = self.has_called or bool(calls or called)
        for function in [*(call.get("function") for call in calls), called]:
            name = function.get("name") if isinstance(function, dict) else None
            if isinstance(name, str) and name and name not in self.tools and len(self.tools) < MAX_NAMES:
                self.tools.append(name)

    def _read_usage(self, value: Any) -> None:
        # At the beginning of an answer some servers count none.
        if (usage := _usage(value)) and (usage.completion_tokens or (self.is_finished and not self._has_said)):
            self._chunks.append(usage)


def tool_notice(tools: list[str]) -> Notice:
    """Return what a person should know of an answer beside which the model has called tools."""
    if not tools:
        return Notice("The model wanted to use a tool that is not available here.")
    return Notice("The model wanted to use a tool ({tools}) that is not available here.", {"tools": tool_names(tools)})


def tool_names(tools: list[str]) -> str:
    return ", ".join(tool[:60] for tool in tools)


def _text(value: Any) -> str:
    """Return the text of a string, a part, or a list of them; empty for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(_text, value))
    if isinstance(value, dict):
        return next((text for name in TEXTS if (text := _text(value.get(name)))), "")
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _usage(value: Any) -> Usage | None:
    """Return the counts of an answer; None unless both are known, by themselves or by their total, and possible."""
    if not isinstance(value, dict):
        return None
    try:
        prompt = _count(value, "prompt_tokens", "input_tokens")
        completion = _count(value, "completion_tokens", "output_tokens")
        total = _count(value, "total_tokens")
    except (ValueError, OverflowError):
        return None
    if total is not None:
        prompt = total - completion if prompt is None and completion is not None else prompt
        completion = total - prompt if completion is None and prompt is not None else completion
    if prompt is None or completion is None or prompt <= 0 or completion < 0:
        return None
    return Usage(prompt, completion, max(total or 0, prompt + completion), _cached_count(value))


def _cached_count(counts: dict[str, Any]) -> int:
    details = counts.get("prompt_tokens_details")
    try:
        cached = _count(details, "cached_tokens") if isinstance(details, dict) else None
        cached = _count(counts, "prompt_cache_hit_tokens") if cached is None else cached  # DeepSeek
    except (ValueError, OverflowError):
        return 0
    return cached or 0


def _count(counts: dict[str, Any], *names: str) -> int | None:
    """Return the first that is there. Raises ValueError or OverflowError for what cannot be a count."""
    value = next((counts[name] for name in names if counts.get(name) is not None), None)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("not a number")
    number = int(value)  # also of a text, as some servers send it
    if not 0 <= number < 2**53:
        raise ValueError("not a count")
    return number
