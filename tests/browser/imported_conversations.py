"""Conversations that are imported at once instead of asked for."""

import json
import uuid

from browser.chat_page import ChatPage

ANSWER = """## 답변 {n}

답변 {n}의 첫 문단입니다. 글이 길어지면 줄이 바뀌고, 창의 너비에 따라 높이가 달라집니다. {filler}

- 하나
- 둘

| 방식 | 첫 토큰 |
|---|---|
| 가 | {n} ms |

```python
for chunk in stream({n}):
    yield chunk
```

답변 {n}의 마지막 문단입니다.
"""
FILLER = "읽는 자리는 그대로 있어야 합니다. " * 6


def import_long_conversation(tab: ChatPage, turns: int, *, answer: str = ANSWER, reasoning: str = "") -> str:
    """Import a conversation of so many questions with their answers; return its id."""
    messages: list[dict[str, object]] = []
    parent = None
    for n in range(turns):
        question = {
            "id": f"q{n}",
            "parent_id": parent,
            "role": "user",
            "content": f"질문 {n}",
            "created_at": 2.0 * n + 1,
        }
        content = answer.format(n=n, filler=FILLER)
        reply = {"id": f"a{n}", "parent_id": f"q{n}", "role": "assistant", "content": content, "reasoning": reasoning}
        messages += [question, {**reply, "created_at": 2.0 * n + 2}]
        parent = f"a{n}"
    return import_conversation(tab, messages, leaf=f"a{turns - 1}")


def import_conversation(tab: ChatPage, messages: list[dict[str, object]], *, leaf: str) -> str:
    """Import one conversation of these messages; return its id."""
    conversation = {
        "id": uuid.uuid4().hex,  # the same one is imported once
        "title": "긴 대화",
        "active_leaf_id": leaf,
        "created_at": 1.0,
        "updated_at": 1.0,
        "messages": messages,
    }
    tab.begin_session()
    reply = tab.page.request.post(
        f"{tab.url}/api/conversations/import",
        data=json.dumps({"format": "chatapp", "version": 1, "conversations": [conversation]}),
        headers={"Content-Type": "application/json", "Origin": tab.url},
    )
    assert reply.status == 201, reply.text()
    return reply.json()["conversations"][0]["id"]
