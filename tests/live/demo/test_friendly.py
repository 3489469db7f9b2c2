"""The friendly models, in both languages."""

import re
from typing import Any

import pytest

from chatapp.demo import english, korean
from chatapp.providers.continuation import REQUESTS
from live.demo.client import Demo, check_pace

NOTHING_LEFT = (english.TEXTS.nothing_left, korean.TEXTS.nothing_left)
ASTRAY = (english.TEXTS.astray, korean.TEXTS.astray)
FASTEST = " at 10000 tokens/s"
FASTEST_KO = " 초당 10000토큰으로"


@pytest.mark.parametrize(
    ("english", "korean", "expected"),
    [
        (
            "Who are you?",
            "안녕하세요, 누구세요?",
            ["OPENAI_API_KEY", ":11434/v1", ":1234/v1", ":8080/v1", ":8000/v1"],
        ),
        ("help", "도움말", ["`demo-thinking`"]),
        ("markdown please", "마크다운 보여 주세요", ["# ", "**", "- [x]", "```python", "|:---|", "> "]),
        ("a table", "표 하나 보여 줘", ["| ", "|:---|"]),
        ("some code", "코드 좀 짜 줘", ["```python", "```js"]),
        ("mathematics", "수식을 보여 줘", [r"\frac", "$$"]),
        ("a list", "할 일 목록", ["1. ", "   - "]),
        ("emoji", "이모지", ["👨‍👩‍👧‍👦", "🇰🇷"]),
        ("tell me a story", "재미있는 이야기 해 줘", ["**"]),
        ("show me an error", "오류를 보여 줘", ["script?", "fault=cut", "status=429"]),
    ],
)
def test_a_topic_is_understood_in_both_languages(demo: Demo, english: str, korean: str, expected: list[str]) -> None:
    in_english, in_korean = demo.say(english + FASTEST), demo.say(korean + FASTEST_KO)
    for needle in expected:
        assert needle in in_english
        assert needle in in_korean
    assert not re.search("[가-힣]", in_english)
    assert re.search("[가-힣]", in_korean)


def test_the_demo_says_that_it_is_no_language_model(demo: Demo) -> None:
    assert "not a language model" in demo.say("hello" + FASTEST)
    assert "언어 모델이 아니라" in demo.say("안녕" + FASTEST_KO)


@pytest.mark.parametrize(
    ("question", "size", "measure"),
    [
        ("2000 tokens at 10000 tokens/s", 2000, lambda reply: len(reply.deltas) - 2),
        ("2000 토큰, 초당 10000토큰", 2000, lambda reply: len(reply.deltas) - 2),
        ("긴 답변 3000자, 초당 10000토큰", 3000, lambda reply: len(reply.text)),
        ("5,000 characters at 10000 tokens/s", 5000, lambda reply: len(reply.text)),
        ("a long answer at 10000 tokens/s", 1200, lambda reply: len(reply.deltas) - 2),
    ],
)
def test_a_long_answer_has_the_requested_length(demo: Demo, question: str, size: int, measure: Any) -> None:
    reply = demo.chat("demo-fast", question)
    assert size <= measure(reply) < size + 60
    assert re.match("## (Day 1|1일째): ", reply.text)
    assert reply.text[-1] in ".”"


@pytest.mark.parametrize(
    ("question", "rate"),
    [("speed at 50 tokens/s", 50), ("초당 50토큰으로 속도", 50), ("speed, fast", 200), ("빨리 속도", 200)],
)
def test_the_requested_speed_is_kept(demo: Demo, question: str, rate: int) -> None:
    def measure() -> list[list[float]]:
        reply = demo.chat("demo", question, max_tokens=21)
        assert str(rate) in reply.text
        sent = next(call for call in reversed(demo.calls()) if call["messages"][0]["content"] == question)["sent"]
        assert sent[-1][1] == 21
        return sent

    check_pace(measure, rate, within=0.03 if rate == 50 else 0.1)  # 200 are over soon; at 50 they would differ by 0.15


@pytest.mark.parametrize("question", ["slow, please", "천천히"])
def test_slow_means_eight_tokens_a_second(demo: Demo, question: str) -> None:
    def measure() -> list[list[float]]:
        assert demo.chat("demo", question, max_tokens=9).text
        return demo.ended_call("demo")["sent"]

    check_pace(measure, 8)


def test_reasoning_comes_first_on_request_or_with_the_thinking_model(demo: Demo) -> None:
    for model, question, needle in (
        ("demo-fast", "think about a table" + FASTEST, "table"),
        ("demo-thinking", "a table" + FASTEST, "table"),
        ("demo-fast", "생각해 보고 표를 보여 줘" + FASTEST_KO, "“표”"),
        ("demo-thinking", "바나나" + FASTEST_KO, "바나나"),
    ):
        reply = demo.chat(model, question)
        assert needle in reply.field("reasoning_content")
        kinds = [next(iter(delta)) for delta in reply.deltas[1:-1]]
        assert kinds == sorted(kinds, reverse=True)
        assert reply.text
    assert demo.chat("demo-fast", "a table" + FASTEST).field("reasoning_content") == ""


def test_any_other_question_is_quoted_and_counted(demo: Demo) -> None:
    english = demo.say("Bananas?", "…", "And pears?", "…", "Plums")
    assert "third question" in english
    assert "“Bananas?”" in english
    assert "Plums" in english
    korean = demo.say("바나나요", "…", "자두는 어때요")
    assert "두 번째 질문" in korean
    assert "“바나나요”" in korean
    assert "“자두는 어때요”" in korean
    assert english.count("\n- ") == korean.count("\n- ") == 3


def test_the_language_is_that_of_the_last_question(demo: Demo) -> None:
    assert "You wrote" in demo.say("사과", "…", "apples", max_tokens=20)
    assert "하셨네요" in demo.say("apples", "…", "사과", max_tokens=20)


def test_a_partial_answer_is_continued_where_it_ended(demo: Demo) -> None:
    for question in ("a story" + FASTEST, "이야기" + FASTEST_KO):
        whole = demo.say(question)
        for cut in (1, len(whole) // 2, len(whole) - 1):
            for request in ("Continue EXACTLY where you stopped.", REQUESTS["en"], REQUESTS["ko"]):
                assert whole[:cut] + demo.say(question, whole[:cut], request) == whole
            assert whole[:cut] + demo.say(question, whole[:cut]) == whole, "as the last message"
        assert demo.say(question, whole, "continue exactly where you stopped") in NOTHING_LEFT
        assert demo.say(question, "Something else", "continue exactly where you stopped") in ASTRAY


def test_a_continuation_is_not_counted_as_a_question(demo: Demo) -> None:
    turns = ("바나나", "…", "자두")
    whole = demo.say(*turns)
    assert whole[:40] + demo.say(*turns, whole[:40], "Continue exactly where you stopped.") == whole
