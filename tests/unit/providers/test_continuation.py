"""How a model is asked in words to continue."""

import pytest

from chatapp.providers.continuation import REQUESTS, ask_to_continue


@pytest.mark.parametrize(
    ("question", "partial", "language"),
    [
        ("Hi", "Hello", "en"),
        ("안녕?", "Hello", "en"),
        ("Hi", "안녕", "ko"),
        ("안녕?", "", "ko"),
        ("Hi", "가" + "x" * 3000, "en"),
    ],
)
def test_the_request_is_in_the_language_of_the_answer(question, partial, language):
    messages, _ = ask_to_continue("words", [{"role": "user", "content": question}], partial)
    assert messages[1:] == [
        {"role": "assistant", "content": partial},
        {"role": "user", "content": REQUESTS[language]},
    ]
