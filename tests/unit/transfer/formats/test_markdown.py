"""Markdown: a readable document for every conversation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.transfer.formats.markdown import write_document
from chatapp.transfer.formats.open_blocks import close_blocks, fence_text
from support.words import ENGLISH, KOREAN

HEAD = {"title": "제목", "created_at": 1_762_300_000.0, "system_prompt": None}
TURN = {"reasoning": "", "status": "complete", "model": None, "cached": False, "error": None}
QUESTION = {**TURN, "role": "user", "content": "안녕?", "created_at": 1_762_300_001.0}
ANSWER = {**TURN, "role": "assistant", "content": "**네**.", "model": "gpt-5", "created_at": 1_762_300_060.0}


def text_of(*messages, elsewhere=0, words=ENGLISH, **head):
    return "".join(write_document({**HEAD, **head}, [list(messages)], elsewhere, words))


def test_a_conversation_reads_as_a_document():
    answer = {**ANSWER, "reasoning": "hm", "cached": True}
    assert text_of(QUESTION, answer, system_prompt="Be kind.") == (
        "# 제목\n\n2025-11-04 23:46 UTC\n\n## System prompt\n\nBe kind.\n"
        "\n## User · 2025-11-04 23:46 UTC\n\n안녕?\n"
        "\n## Assistant (gpt-5) · 2025-11-04 23:47 UTC · saved answer\n\n"
        "<details>\n<summary>Reasoning</summary>\n\nhm\n\n</details>\n\n**네**.\n"
    )


def test_a_model_is_called_without_the_folders_of_its_file():
    assert "(tiny.Q4_1) ·" in text_of(QUESTION, {**ANSWER, "model": "/home/kim/tiny.Q4_1.gguf"})


def test_labels_are_in_the_readers_language():
    text = text_of(QUESTION, {**ANSWER, "status": "stopped"}, title="", words=KOREAN)
    for words in ("# 제목 없음", "## 사용자", "## 답변 (gpt-5)", "*끝나기 전에 중지한 답변입니다.*"):
        assert words in text


def test_an_incomplete_answer_is_marked_with_the_reason():
    failed = {**ANSWER, "content": "", "status": "failed", "error": {"code": "x", "message": "No [such] model."}}
    assert text_of(QUESTION, failed).endswith("\n\n*This answer failed.* No \\[such\\] model.\n")


def test_messages_on_other_branches_are_counted():
    assert "Messages in other versions, not shown here: 5." in text_of(QUESTION, elsewhere=5)
    assert "branch" not in text_of(QUESTION)


def test_a_title_is_escaped_and_on_one_line():
    assert text_of(title="a\n# b <b>*c*</b> `d`").startswith("# a # b \\<b>\\*c\\*\\</b> \\`d\\`\n")


OPEN = [
    ("```python\nprint(1)", "```"),
    ("text\n````\n```\n", "````"),
    ("~~~\n```", "~~~"),
    ("   ```", "```"),
    ("<!-- never", "-->"),
    ("<pre>\na\n\nb", "</pre>"),
    ("<SCRIPT src=x>", "</script>"),
    ("<style\n>", "</style>"),
    ("<?php", "?>"),
    ("<![CDATA[ x", "]]>"),
    ("- a\n\nb\n```\nc", "```"),
    ("- ```\ncode\n```", "```"),
]


@pytest.mark.parametrize(("text", "end"), OPEN, ids=[text for text, _ in OPEN])
def test_an_open_block_is_closed(text, end):
    assert close_blocks(text) == f"{text.rstrip(chr(10))}\n{end}"
    assert close_blocks(close_blocks(text)) == close_blocks(text)


CLOSED = [
    "",
    "plain",
    "```\ncode\n```",
    "````\n```\n````",
    "~~~\n```\n~~~  ",
    "``` not ` a fence",
    "    ```",
    "- a\n  ```\n  code",
    "1. a\n   ```",
    "> ```\n> code",
    "<!-- a --> b",
    "<pre>x</pre>",
    "<!-- a\n```\n-->",
    "```\n<!--\n```",
    "<preface>",
    "<div>",
    "`<!--`",
]


@pytest.mark.parametrize("text", CLOSED)
def test_a_block_that_closes_by_itself_is_unchanged(text):
    assert close_blocks(text) == text


@given(text=st.text(alphabet="`~ \nab", max_size=80))
def test_a_fenced_text_ends_with_its_fence(text):
    block = fence_text(text)
    fence = block.partition("\n")[0]
    assert fence not in text
    assert close_blocks(block) == block
