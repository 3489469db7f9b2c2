"""The friendly models: prepared text for people who try the application without a key."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, NamedTuple

from chatapp.demo import english, korean, question_intent
from chatapp.demo.answer_plan import Answer
from chatapp.demo.chat_request import ChatRequest, Turn
from chatapp.demo.question_intent import Wish
from chatapp.demo.texts import Texts
from chatapp.demo.token_pieces import pieces, shortened

CONTINUE = "continue exactly where"
TITLE = "write a title"
HANGUL = re.compile("[가-힣ㄱ-ㅎㅏ-ㅣ\u1100-\u11ff]")
QUOTE_CHARACTERS = 80
TITLE_CHARACTERS = 40
SUGGESTED = 3


class Manner(NamedTuple):
    """How one of the models speaks: tokens per second, seconds before the first, whether it always thinks."""

    rate: float
    first: float
    thinks: bool = False


MANNERS = {
    "demo": Manner(rate=40, first=0.25),
    "demo-fast": Manner(rate=200, first=0.05),
    "demo-thinking": Manner(rate=40, first=0.25, thinks=True),
}


def models() -> dict[str, Any]:
    """The list that `GET /v1/models` gives."""
    shared = {"object": "model", "created": 1_767_225_600, "owned_by": "chatapp-demo"}
    return {"object": "list", "data": [{"id": name, "name": name, **shared} for name in MANNERS]}


def answer(request: ChatRequest) -> Answer:
    """Answer the last question, or go on with an answer that broke off."""
    manner, turns = MANNERS[request.model], request.turns
    if turns[0].role == "system" and turns[0].text.lower().startswith(TITLE):
        return Answer(content=pieces(title(turns[-1].text)), rate=manner.rate, first=manner.first)
    if not is_continuation(turns):
        return answered(manner, turns)
    whole = answered(manner, turns[:-2])
    rest = continued("".join(whole.content), turns[-2].text, texts_for(last_question(turns[:-2])))
    return replace(whole, content=pieces(rest), reasoning=())


def is_continuation(turns: Sequence[Turn]) -> bool:
    """Whether the last message asks for the rest of the answer before it."""
    return (
        len(turns) >= 2
        and turns[-1].role == "user"
        and CONTINUE in turns[-1].text.lower()
        and turns[-2].role == "assistant"
    )


def title(conversation: str) -> str:
    """The first words of the question, since the demo understands none of it."""
    return shortened(conversation.partition("\n")[0].rstrip("?.!。？！ "), TITLE_CHARACTERS)


def continued(whole: str, partial: str, texts: Texts) -> str:
    """What follows the partial answer, in an answer that is the same each time it is computed."""
    if not whole.startswith(partial):
        return texts.astray
    return whole[len(partial) :] or texts.nothing_left


def answered(manner: Manner, turns: Sequence[Turn]) -> Answer:
    """The whole answer to the last question."""
    question = last_question(turns)
    texts, wished = texts_for(question), question_intent.understood(question)
    rate = wished.rate or manner.rate
    thoughts = ""
    if manner.thinks or wished.think:
        thoughts = texts.reasoning(shortened(question, QUOTE_CHARACTERS), wished.topic)
    return Answer(
        content=pieces(spoken(wished, rate, turns, texts)),
        reasoning=pieces(thoughts),
        rate=rate,
        first=manner.first,
    )


def spoken(wished: Wish, rate: float, turns: Sequence[Turn], texts: Texts) -> str:
    """The text of the answer."""
    if wished.topic is None:
        return reply(turns, texts)
    if wished.topic == "speed":
        return texts.prose["speed"].format(rate=rate)
    if wished.topic != "long":
        return texts.prose[wished.topic]
    if wished.characters is not None:
        return essay(texts, len, wished.characters)
    return essay(texts, lambda sentence: len(pieces(sentence)), wished.tokens or 0)


def reply(turns: Sequence[Turn], texts: Texts) -> str:
    """Take up what was said, remember what was said before, and propose something."""
    questions = [turn.text for turn in turns if turn.role == "user"] or [""]
    turn = (len(questions) - 1) * SUGGESTED
    suggestions = [texts.suggestions[(turn + index) % len(texts.suggestions)] for index in range(SUGGESTED)]
    first = shortened(questions[0], QUOTE_CHARACTERS)
    return texts.prose["reply"].format(
        quote=shortened(questions[-1], QUOTE_CHARACTERS),
        memory=texts.memory(len(questions), first) if len(questions) > 1 else "",
        suggestions="\n".join(f"- {suggestion}" for suggestion in suggestions),
    )


def essay(texts: Texts, measure: Callable[[str], int], size: int) -> str:
    """Whole sentences until there is enough."""
    sentences: list[str] = []
    for sentence in diary(texts):
        size -= measure(sentence)
        sentences.append(sentence)
        if size <= 0:
            break
    return "".join(sentences)


def diary(texts: Texts) -> Iterator[str]:
    """Sentences without an end, in numbered sections, so that one sees where a long answer stands."""
    for number in count(1):
        title, sentences = texts.diary[(number - 1) % len(texts.diary)]
        gap = "\n\n" if number > 1 else ""
        yield f"{gap}## {texts.heading.format(number)}: {title}\n\n"
        yield sentences[0]
        yield from (f" {sentence}" for sentence in sentences[1:])


def last_question(turns: Sequence[Turn]) -> str:
    """What the user said last."""
    return next((turn.text for turn in reversed(turns) if turn.role == "user"), "")


def texts_for(question: str) -> Texts:
    """Korean where there is Hangul, else English."""
    return korean.TEXTS if HANGUL.search(question) else english.TEXTS
