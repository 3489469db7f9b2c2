"""The intent of a question to the demo."""

import pytest

from chatapp.demo.question_intent import QuestionIntent, read_intent


@pytest.mark.parametrize(
    ("question", "wish"),
    [
        ("목표를 대표로 발표해 주세요", QuestionIntent()),
        ("표", QuestionIntent(topic="table")),
        ("표가 필요해요", QuestionIntent(topic="table")),
        ("stable chairs for this", QuestionIntent()),
        ("What does HELLO world look like in Python?", QuestionIntent(topic="code")),
        ("\u1111\u116d\u1105\u1173\u11af 보여 줘", QuestionIntent(topic="table")),
        ("20 tokens per second", QuestionIntent(topic="speed", rate=20)),
        ("초당 0토큰", QuestionIntent(topic="speed", rate=1)),
        ("1초에 30개 토큰", QuestionIntent(topic="speed", rate=30)),
        (f"{'9' * 400} tokens", QuestionIntent(topic="long", tokens=20_000)),
        ("초당 500토큰으로 2000 토큰", QuestionIntent(topic="long", rate=500, tokens=2000)),
        ("2자리 수", QuestionIntent()),
        ("어떻게 생각해요?", QuestionIntent(think=True)),
    ],
)
def test_a_question_is_understood(question: str, wish: QuestionIntent) -> None:
    assert read_intent(question) == wish
