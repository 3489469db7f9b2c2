"""The messages of a prompt, as every server takes them."""

from itertools import groupby

SEPARATOR = "\n\n"
#: Reasoning is sent within the text; any other way is the name of a field.
IN_TEXT = "think"


def alternate(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the messages with roles that alternate, from a question on: neighbours of one role are joined.

    They arise where an answer failed or was stopped before its first word, and in imported conversations. Many models
    take nothing else.
    """
    if _is_alternating(messages):
        return messages
    said = (message for message in messages if message["content"].strip())
    joined = [_join(list(group)) for _, group in groupby(said, key=lambda message: message["role"])]
    first = next((index for index, message in enumerate(joined) if message["role"] == "user"), len(joined))
    return [message for message in joined[:first] if message["role"] == "system"] + joined[first:]


def texts_of(message: dict[str, str]) -> list[str]:
    """Return the texts of a message: its content, and its reasoning if that is sent."""
    return [text for name, text in message.items() if name != "role"]


def with_reasoning(messages: list[dict[str, str]], way: str | None) -> list[dict[str, str]]:
    """Return the messages with their `reasoning` as a server wants it: in a field or in the text; None: without."""
    return [_with_reasoning(message, way) if "reasoning" in message else message for message in messages]


def _with_reasoning(message: dict[str, str], way: str | None) -> dict[str, str]:
    role, content, reasoning = message["role"], message["content"], message["reasoning"]
    if way is None:
        return {"role": role, "content": content}
    if way == IN_TEXT:
        return {"role": role, "content": f"<think>\n{reasoning.strip()}\n</think>\n\n{content}"}
    return {"role": role, "content": content, way: reasoning}


def _join(messages: list[dict[str, str]]) -> dict[str, str]:
    """Return one message in the place of neighbours of one role."""
    first = messages[0]
    if len(messages) == 1:
        return first
    joined = {"role": first["role"], "content": SEPARATOR.join(message["content"] for message in messages)}
    reasoning = SEPARATOR.join(message["reasoning"] for message in messages if "reasoning" in message)
    return {**joined, "reasoning": reasoning} if reasoning else joined


def _is_alternating(messages: list[dict[str, str]]) -> bool:
    start = 1 if messages and messages[0]["role"] == "system" else 0
    return all(
        message["role"] == ("user", "assistant")[index % 2] and message["content"].strip()
        for index, message in enumerate(messages[start:])
    )


def newest_turns(messages: list[dict[str, str]], turns: int) -> list[dict[str, str]]:
    """Return the system prompt and the newest `turns` questions, each with what follows it."""
    system = [message for message in messages if message["role"] == "system"]
    rest = [message for message in messages if message["role"] != "system"]
    starts = [index for index, message in enumerate(rest) if message["role"] == "user"]
    return system + (rest[starts[-turns] :] if len(starts) >= turns else rest)
