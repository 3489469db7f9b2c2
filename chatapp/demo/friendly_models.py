"""The friendly models: prepared text for people who try the application without a key."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, NamedTuple

from chatapp.demo import english, korean, question_intent
from chatapp.demo.answer_plan import AnswerPlan
from chatapp.demo.chat_request import ChatMessage, ChatRequest
from chatapp.demo.question_intent import QuestionIntent
from chatapp.demo.texts import Texts
from chatapp.demo.token_pieces import cut_pieces, shorten

#: The beginnings of a request to continue, in English and Korean.
CONTINUE = ("continue exactly where", "마지막 메시지가 끊긴 바로 그 자리에서")
TITLE = "write a title"
HANGUL = re.compile("[가-힣ㄱ-ㅎㅏ-ㅣ\u1100-\u11ff]")
QUOTE_CHARACTERS = 80
TITLE_CHARACTERS = 40
SUGGESTED = 3


class ModelStyle(NamedTuple):
    """A model's pace (tokens per second, seconds before the first), and whether it always reasons."""

    rate: float
    first: float
    thinks: bool = False


STYLES = {
    "demo": ModelStyle(rate=40, first=0.25),
    "demo-fast": ModelStyle(rate=200, first=0.05),
    "demo-thinking": ModelStyle(rate=40, first=0.25, thinks=True),
}


def list_models() -> dict[str, Any]:
    """Return the body of `GET /v1/models`."""
    shared = {"object": "model", "created": 1_767_225_600, "owned_by": "chatapp-demo"}
    return {"object": "list", "data": [{"id": name, "name": name, **shared} for name in STYLES]}


def plan_answer(request: ChatRequest) -> AnswerPlan:
    """Return the answer to the last question, or the rest of an interrupted answer."""
    manner, turns = STYLES[request.model], request.messages
    if turns[0].role == "system" and turns[0].text.lower().startswith(TITLE):
        return AnswerPlan(content=cut_pieces(make_title(turns[-1].text)), rate=manner.rate, first=manner.first)
    partial = find_partial(turns)
    if partial is None:
        return answer_question(manner, turns)
    before = turns[: -1 if turns[-1] is partial else -2]
    whole = answer_question(manner, before)
    rest = continue_answer("".join(whole.content), partial.text, choose_texts(find_last_question(before)))
    return replace(whole, content=cut_pieces(rest), reasoning=())


def find_partial(turns: Sequence[ChatMessage]) -> ChatMessage | None:
    """Return the answer that is to be continued: the last message, or the one before a request to continue it."""
    if turns[-1].role == "assistant":
        return turns[-1]
    asks = turns[-1].role == "user" and any(words in turns[-1].text.lower() for words in CONTINUE)
    return turns[-2] if asks and len(turns) >= 2 and turns[-2].role == "assistant" else None


def make_title(conversation: str) -> str:
    """Return a title: the first words of the question."""
    return shorten(conversation.partition("\n")[0].rstrip("?.!。？！ "), TITLE_CHARACTERS)


def continue_answer(whole: str, partial: str, texts: Texts) -> str:
    """Return the rest after a partial answer. The whole answer is the same each time it is computed."""
    if not whole.startswith(partial):
        return texts.astray
    return whole[len(partial) :] or texts.nothing_left


def answer_question(manner: ModelStyle, turns: Sequence[ChatMessage]) -> AnswerPlan:
    """Return the complete answer to the last question."""
    question = find_last_question(turns)
    texts, wished = choose_texts(question), question_intent.read_intent(question)
    rate = wished.rate or manner.rate
    thoughts = ""
    if manner.thinks or wished.think:
        thoughts = texts.reasoning(shorten(question, QUOTE_CHARACTERS), wished.topic)
    return AnswerPlan(
        content=cut_pieces(write_text(wished, rate, turns, texts)),
        reasoning=cut_pieces(thoughts),
        rate=rate,
        first=manner.first,
    )


def write_text(wished: QuestionIntent, rate: float, turns: Sequence[ChatMessage], texts: Texts) -> str:
    """Return the text of the answer."""
    if wished.topic is None:
        return write_reply(turns, texts)
    if wished.topic == "speed":
        return texts.prose["speed"].format(rate=rate)
    if wished.topic != "long":
        return texts.prose[wished.topic]
    if wished.characters is not None:
        return write_essay(texts, len, wished.characters)
    return write_essay(texts, lambda sentence: len(cut_pieces(sentence)), wished.tokens or 0)


def write_reply(turns: Sequence[ChatMessage], texts: Texts) -> str:
    """Quote the question, mention the earlier ones, and make suggestions."""
    questions = [turn.text for turn in turns if turn.role == "user"] or [""]
    turn = (len(questions) - 1) * SUGGESTED
    suggestions = [texts.suggestions[(turn + index) % len(texts.suggestions)] for index in range(SUGGESTED)]
    first = shorten(questions[0], QUOTE_CHARACTERS)
    return texts.prose["reply"].format(
        quote=shorten(questions[-1], QUOTE_CHARACTERS),
        memory=texts.memory(len(questions), first) if len(questions) > 1 else "",
        suggestions="\n".join(f"- {suggestion}" for suggestion in suggestions),
    )


def write_essay(texts: Texts, measure: Callable[[str], int], size: int) -> str:
    """Return whole sentences of at least this size."""
    sentences: list[str] = []
    for sentence in write_sentences(texts):
        size -= measure(sentence)
        sentences.append(sentence)
        if size <= 0:
            break
    return "".join(sentences)


def write_sentences(texts: Texts) -> Iterator[str]:
    """Yield sentences without end, in numbered sections that show the progress of a long answer."""
    for number in count(1):
        title, sentences = texts.diary[(number - 1) % len(texts.diary)]
        gap = "\n\n" if number > 1 else ""
        yield f"{gap}## {texts.heading.format(number)}: {title}\n\n"
        yield sentences[0]
        yield from (f" {sentence}" for sentence in sentences[1:])


def find_last_question(turns: Sequence[ChatMessage]) -> str:
    """Return the user's last message."""
    return next((turn.text for turn in reversed(turns) if turn.role == "user"), "")


def choose_texts(question: str) -> Texts:
    """Return the Korean texts for a question with Hangul, else the English ones."""
    return korean.TEXTS if HANGUL.search(question) else english.TEXTS
