"""Every view of the product, those of localized_views.py among them, each with the function that opens it."""

from collections.abc import Callable

from playwright.sync_api import expect

from browser.chat_page import ChatPage
from browser.imported_conversations import import_conversation
from browser.localized_views import VIEWS as LOCALIZED

#: Every kind of block that an answer can have.
RICH = """# 제목

굵은 **글자**와 `code`, [링크](https://example.com), ~~지운 말~~, 각주[^1]입니다.

## 목록

1. 하나
2. 둘
   - 안쪽

- [x] 끝난 일
- [ ] 남은 일

> 인용한 글 안의 **굵은 글자**

| 방식 | 첫 토큰 | 설명 |
|:--|--:|---|
| 가 | 12 ms | 아주긴낱말이이어지는칸아주긴낱말이이어지는칸아주긴낱말이이어지는칸아주긴낱말이이어지는칸 |

```python
# 주석
def answer(question: str, limit: int = 42) -> str:
    return f"{question} " + "a long line that must be scrolled " * limit  # beyond the edge of every window there is
```

$$\\int_{-\\infty}^{\\infty} e^{-x^2}\\,dx = \\sqrt{\\pi}$$

```mermaid
flowchart LR
  A[질문] --> B[답변]
```

[^1]: 각주의 글입니다.
"""


def show_rich_answer(tab: ChatPage) -> None:
    question = {"id": "q", "parent_id": None, "role": "user", "content": "질문 https://example.com", "created_at": 1.0}
    answer = {"id": "a", "parent_id": "q", "role": "assistant", "content": RICH, "reasoning": "먼저 생각합니다."}
    tab.open(f"/c/{import_conversation(tab, [question, {**answer, 'created_at': 2.0}], leaf='a')}")
    expect(tab.body.locator(".code__keyword").first).to_be_visible()
    expect(tab.body.get_by_test_id("diagram")).to_have_attribute("data-state", "drawn")
    expect(tab.body.locator(".katex").first).to_be_visible()


def open_reasoning(tab: ChatPage) -> None:
    show_rich_answer(tab)
    tab.get("reasoning").locator("summary").click()
    expect(tab.get("reasoning-text")).to_be_visible()


def show_diagram_source(tab: ChatPage) -> None:
    show_rich_answer(tab)
    tab.get("diagram-source").click()
    expect(tab.get("diagram").locator(".code__scroller")).to_be_visible()


def rename_conversation(tab: ChatPage) -> None:
    tab.open()
    tab.choose(tab.create(title="before"), "rename")
    expect(tab.get("rename")).to_be_focused()


def open_model_dialog(tab: ChatPage) -> None:
    tab.open()
    tab.choose_model()
    expect(tab.get("model-name")).to_be_visible()


def open_models(tab: ChatPage) -> None:
    tab.open()
    tab.get("model").click()
    expect(tab.get("models-option").first).to_be_visible()


def follow_link(tab: ChatPage) -> None:
    tab.open()
    tab.create(title="to be brought along")
    tab.page.goto(f"{tab.url}/join#ABCD-EFGH")
    expect(tab.get("join-use")).to_be_visible()


def drag_file(tab: ChatPage) -> None:
    tab.open()
    tab.page.evaluate("""() => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File(["{}"], "a.json"))
      window.dispatchEvent(new DragEvent("dragenter", { dataTransfer, cancelable: true }))
    }""")
    expect(tab.get("drop")).to_be_visible()


def show_presets(tab: ChatPage) -> None:
    tab.open()
    tab.get("settings-button").click()
    tab.get("tab-presets").click()
    if tab.get("preset").count() == 0:
        tab.get("preset-name").fill("번역가")
        tab.get("preset-save").click()
    expect(tab.get("preset").first).to_be_visible()


def enter_invalid_setting(tab: ChatPage) -> None:
    tab.open()
    tab.get("settings-button").click()
    tab.get("setting-temperature").fill("9")
    tab.get("setting-temperature").press("Tab")
    expect(tab.get("problem-temperature")).not_to_be_empty()


def import_broken_file(tab: ChatPage) -> None:
    tab.open()
    tab.get("import-file").set_input_files({"name": "α.json", "mimeType": "application/json", "buffer": b"[{]"})
    expect(tab.get("toast")).to_have_count(1)
    expect(tab.get("toast")).not_to_have_text("Importing…")


def enter_wrong_code(tab: ChatPage) -> None:
    tab.open()
    tab.get("more").click()
    tab.get("menu-join").click()
    tab.get("join-code").fill("0000-0000")
    tab.get("join-use").click()
    expect(tab.get("join-problem")).not_to_be_empty()


def open_drawer(tab: ChatPage) -> None:
    tab.open()
    tab.create(title="in the drawer")
    tab.page.set_viewport_size({"width": 390, "height": 844})
    tab.get("menu").click()
    expect(tab.get("new-chat")).to_be_focused()


#: These need another server, and have tests of their own.
ELSEWHERE = {"sign-in by password", "sign-in by code", "a lost connection"}
VIEWS: dict[str, Callable[[ChatPage], None]] = {
    **{name: view for name, view in LOCALIZED.items() if name not in ELSEWHERE},
    "an answer with every kind of block": show_rich_answer,
    "opened reasoning": open_reasoning,
    "the source of a diagram": show_diagram_source,
    "the field to rename a conversation": rename_conversation,
    "the dialog to name a model": open_model_dialog,
    "the list of models": open_models,
    "a link with a code": follow_link,
    "a file dragged over the page": drag_file,
    "presets": show_presets,
    "an invalid setting": enter_invalid_setting,
    "a file that cannot be imported": import_broken_file,
    "a wrong code": enter_wrong_code,
    "the drawer of a phone": open_drawer,
}
#: These show the list of conversations, which is a drawer on a phone.
IN_LIST = {
    "the menu of a conversation",
    "the archive",
    "search results",
    "a search without results",
    "the field to rename a conversation",
    "the drawer of a phone",
}
LOOKS = {"light, Korean": ("light", "ko-KR"), "dark, English": ("dark", "en-US")}
