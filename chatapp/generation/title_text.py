"""A title in a line of a model's answer: without labels, fences, JSON and markup."""

import re
from typing import Any

import orjson

from chatapp.chat import titles

#: chatapp/demo recognises this sentence.
INSTRUCTION = (
    "Write a title for the conversation below: at most six words, in the language of its question. "
    "Answer with the title alone, without quotation marks and without a full stop at its end."
)
MARKS = "\"'`*#_~“”‘’«»「」『』 .\t\r,"
LABEL = re.compile(r"^(conversation |chat )?(title|제목|標題|标题|タイトル)[\"'*]*\s*[:：]\s*", re.IGNORECASE)
#: Lines that hold no title: fences, braces, rules, greetings.
NO_LINE = re.compile(
    r"^\W*$|^(`{3,}|~{3,})\w*$"
    r"|^(sure|certainly|of course|okay|ok|absolutely|네|물론(이죠|입니다)?|알겠습니다)([!.,][^:：]{0,60})?$",
    re.IGNORECASE,
)
INTRODUCTION = re.compile(
    r"^(?:(?:sure|certainly|of course|okay|ok|absolutely|네|물론(?:이죠|입니다)?|알겠습니다)[!.,]*\s*)?"
    r"(?:here(?:['’]s| is| are)|this is|(?:the|an?|one|my)? ?(?:\w+ )?title\b|i(?:['’]d| would) suggest|다음은|제안)"
    r"[^:：\n]{0,100}[:：]\s*(.*)$",
    re.IGNORECASE,
)
QUOTED = re.compile(r"(?:\btitle\b|제목)[^\"“「\n]{0,60}[\"“「]([^\"”」\n]+)[\"”」]", re.IGNORECASE)
MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,100}>|!?\[(?=[^\]\n]{0,200}\]\()|\]\([^)\n]{0,200}\)|\\boxed\{|\}$")
MARKER = re.compile(r"^([-*+•>]|\d{1,2}[.)]|#{1,6})\s+")
SENTENCE = re.compile(r"[.!?。？！](\s|$)")
ECHOES = ("title for the conversation", "at most six words", "answer with the title alone", "without quotation marks")


def title_in(line: str) -> str | None:
    """Return the title in a line: None if the next one may have it, empty if the answer has none."""
    line = line.strip()
    if any(echo in line.lower() for echo in ECHOES):
        return ""
    if (named := _from_json(line)) is not None:
        return clean_title(named)
    bare = MARKER.sub("", line.strip("*_ "))
    if match := QUOTED.search(bare):
        return clean_title(match[1])
    if match := INTRODUCTION.match(bare):
        return clean_title(match[1]) if match[1].strip(MARKS) else None
    if NO_LINE.match(bare):
        return None
    title = clean_title(line)
    is_answer = title.endswith("…") and SENTENCE.search(line)
    return "" if is_answer else title


def clean_title(line: str) -> str:
    """Return a line as a title: without quotation marks, labels and markup, cut to the title length."""
    text = MARKUP.sub("", MARKER.sub("", line.strip()))
    return titles.title_from(LABEL.sub("", text.strip(MARKS)).strip(MARKS))


def _from_json(line: str) -> str | None:
    """Return the title in a line of JSON: of an object, or of its member in a line of its own."""
    if line[:1] in {"{", "["} and line[-1:] in {"}", "]"}:
        try:
            return _first_text(orjson.loads(line))
        except orjson.JSONDecodeError:
            return None
    member = re.match(r'^"(title|제목)"\s*:\s*"(.*)"\s*,?$', line, re.IGNORECASE)
    return member[2] if member else None


def _first_text(value: Any) -> str | None:
    if isinstance(value, dict):
        value = next((value[name] for name in ("title", "제목") if name in value), next(iter(value.values()), None))
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, str) else None
