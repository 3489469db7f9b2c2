"""Export and import in the page."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser.chat_page import ChatPage, script, unique
from browser.conftest import Watch
from support.paths import DATA
from support.waiting import eventually

pytestmark = pytest.mark.browser

DROP = """([name, text]) => {
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(new File([text], name))
  for (const type of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
}"""


def download(page: Page, tab: ChatPage, action: str) -> tuple[str, str]:
    """Choose a download in the open menu; return the file's name and text."""
    with page.expect_download() as waiting:
        tab.get(f"menu-{action}").click()
    download = waiting.value
    return download.suggested_filename, Path(download.path()).read_text(encoding="utf-8", errors="replace")


def open_menu(tab: ChatPage, conversation_id: str) -> None:
    tab.item(conversation_id).hover()
    tab.item(conversation_id).get_by_test_id("conversation-menu").click()


def create_answered(tab: ChatPage, title: str) -> str:
    """Create a conversation with one question and its answer; return its id."""
    tab.open_new(model=script(tokens=5), title=title)
    tab.ask(unique())
    tab.wait_for_end()
    return tab.page.url.rpartition("/")[2]


def test_a_conversation_is_exported_from_its_menu_and_imported_again(tab: ChatPage, tmp_path: Path) -> None:
    conversation_id = create_answered(tab, "여행 계획")
    texts = [message["content"] for message in tab.saved()]
    open_menu(tab, conversation_id)
    name, markdown = download(tab.page, tab, "exportMd")
    assert name.endswith(".md")
    assert "여행 계획" in markdown
    assert texts[1] in markdown
    open_menu(tab, conversation_id)
    name, text = download(tab.page, tab, "exportJson")
    assert name.endswith(".json")

    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    tab.get("import-file").set_input_files(file)
    expect(tab.get("toast").filter(has_text="1 conversation was imported.")).to_be_visible()
    expect(tab.get("conversation")).to_have_count(2)
    eventually(lambda: tab.page.url.rpartition("/")[2] != conversation_id, what="the imported one is open")
    expect(tab.answer.get_by_test_id("body")).to_have_text(texts[1])
    expect(tab.page).to_have_title("여행 계획")


def test_all_conversations_are_exported_from_the_page_menu(tab: ChatPage) -> None:
    create_answered(tab, "first")
    create_answered(tab, "second")
    tab.get("more").click()
    name, text = download(tab.page, tab, "exportAllJson")
    assert name.endswith(".json")
    assert {"first", "second"} <= set(titles(json.loads(text)))
    tab.get("more").click()
    name, _ = download(tab.page, tab, "exportAllMd")
    assert name.endswith(".zip")


def titles(value: Any) -> list[str]:
    """Return every title in an export, at any depth."""
    if isinstance(value, list):
        return [title for one in value for title in titles(one)]
    if not isinstance(value, dict):
        return []
    own = [value["title"]] if isinstance(value.get("title"), str) else []
    return own + [title for one in value.values() for title in titles(one)]


def test_import_opens_the_file_chooser_and_says_what_is_wrong_with_a_file(
    tab: ChatPage, watch: Watch, tmp_path: Path
) -> None:
    watch.expect("400 (BAD REQUEST)")
    tab.open()
    broken = tmp_path / "broken.json"
    broken.write_text('{"format": "chatapp", ')
    tab.get("more").click()
    with tab.page.expect_file_chooser() as waiting:
        tab.get("menu-import").click()
    waiting.value.set_files(broken)
    toast = tab.get("toast").filter(has_text="The import failed, and nothing was changed.")
    expect(toast).to_be_visible()
    assert len(toast.inner_text()) > len("The import failed, and nothing was changed. ")
    expect(tab.get("conversation")).to_have_count(0)


def test_a_file_over_the_size_limit_is_refused_without_a_request(tab: ChatPage, tmp_path: Path) -> None:
    tab.open()
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    sent: list[str] = []
    tab.page.on("request", lambda request: sent.append(request.url))
    tab.get("import-file").set_input_files(large)
    expect(tab.get("toast")).to_contain_text("“large.json” is larger than 64 MiB.")
    assert not [url for url in sent if url.endswith("/import")]


def test_a_file_dropped_on_the_page_is_imported(tab: ChatPage) -> None:
    conversation_id = create_answered(tab, "dropped")
    text = tab.page.request.get(f"{tab.url}/api/conversations/{conversation_id}/export?format=json").text()
    tab.page.evaluate(DROP, ["dropped.json", text])
    expect(tab.get("toast").filter(has_text="1 conversation was imported.")).to_be_visible()
    expect(tab.get("conversation")).to_have_count(2)
    expect(tab.get("drop")).to_be_hidden()


def test_chatgpts_zip_is_dropped_as_it_was_downloaded(tab: ChatPage, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (DATA / "imports" / "chatgpt-2026").iterdir():
            archive.write(file, file.name)
        archive.writestr("file_00000000aaaa.dat", b"\0" * 1_000_000)
    tab.open()
    sent: list[int] = []
    tab.page.on("request", lambda request: sent.append(len(request.post_data_buffer or b"")))
    tab.get("import-file").set_input_files(path)
    expect(tab.get("toast").filter(has_text="3 conversations were imported.")).to_be_visible()
    expect(tab.page).to_have_title("Aloud")
    assert max(sent) < path.stat().st_size
    tab.get("import-file").set_input_files(path)
    expect(tab.get("toast").filter(has_text="3 were here already.")).to_be_visible()
    expect(tab.get("conversation")).to_have_count(3)


def test_what_was_not_imported_is_listed_with_its_reason(tab: ChatPage, tmp_path: Path) -> None:
    path = tmp_path / "conversations.json"
    messages = [{"sender": "human", "text": "q"}, {"sender": "assistant", "text": "a"}]
    odd = [{"sender": "ghost", "text": "boo"}]
    chats = [{"uuid": name, "name": name, "chat_messages": messages} for name in ("before", "after")]
    path.write_text(json.dumps([chats[0], {"uuid": "odd", "name": "이상한 대화", "chat_messages": odd}, chats[1]]))
    tab.open()
    tab.get("import-file").set_input_files(path)
    toast = tab.get("toast").filter(
        has_text="2 conversations were imported. 1 could not be imported: This conversation"
    )
    expect(toast).to_be_visible()
    toast.get_by_test_id("toast-deed").click()
    problem = tab.get("import-problem")
    expect(problem).to_have_count(1)
    expect(problem).to_contain_text("이상한 대화")
    expect(problem).to_contain_text("must be human or assistant")
    tab.get("import-close").click()
    expect(tab.get("import-problems")).to_be_hidden()


PASTE = """([name, type, text]) => {
  const clipboardData = new DataTransfer()
  clipboardData.items.add(new File(["x"], name, { type }))
  if (text) clipboardData.setData("text/plain", text)
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true })
  return document.querySelector("[data-testid=composer]").dispatchEvent(event)
}"""


def test_a_picture_or_another_file_is_answered_by_a_true_sentence(tab: ChatPage) -> None:
    tab.open()
    later = "cannot be attached: files and images are not supported yet."
    assert not tab.page.evaluate(PASTE, ["image.png", "image/png", ""]), "the page has taken it"
    expect(tab.get("toast").filter(has_text=f"“image.png” {later}")).to_be_visible()
    tab.page.evaluate(DROP, ["photo.jpg", "x"])
    expect(tab.get("toast").filter(has_text=f"“photo.jpg” {later}")).to_be_visible()
    tab.page.evaluate(DROP, ["2026-11-05 여행.md", "# 여행"])
    expect(tab.get("toast").filter(has_text="is Markdown, which is for reading")).to_be_visible()
    assert tab.page.evaluate(PASTE, ["cells.png", "image/png", "a\tb"]), "the text of a spreadsheet is pasted"


def test_on_a_phone_an_import_leads_from_the_list_to_the_conversation(tab: ChatPage, tmp_path: Path) -> None:
    tab.page.set_viewport_size({"width": 390, "height": 844})
    tab.open()
    tab.get("menu").click()
    expect(tab.get("new-chat")).to_be_focused()
    path = tmp_path / "chat.json"
    path.write_text((DATA / "imports" / "claude-2026.json").read_text())
    tab.get("import-file").set_input_files(path)
    expect(tab.get("toast").filter(has_text="1 conversation was imported.")).to_be_visible()
    expect(tab.page.locator("body")).not_to_have_class("page--drawer")
    expect(tab.page).to_have_title("Two plans")
    expect(tab.question.first).to_be_in_viewport()


def test_a_file_dragged_over_the_page_shows_the_drop_zone(tab: ChatPage) -> None:
    tab.open()
    drag = "(type) => { const dataTransfer = new DataTransfer(); dataTransfer.items.add(new File(['{}'], 'a.json')); "
    drag += "document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true })) }"
    tab.page.evaluate(drag, "dragenter")
    expect(tab.get("drop")).to_be_visible()
    tab.page.evaluate(drag, "dragleave")
    expect(tab.get("drop")).to_be_hidden()


def test_dragged_text_shows_no_drop_zone(tab: ChatPage) -> None:
    tab.open()
    refused = tab.page.evaluate(
        """() => {
          const dataTransfer = new DataTransfer()
          dataTransfer.setData("text/plain", "words")
          const event = new DragEvent("dragenter", { dataTransfer, bubbles: true, cancelable: true })
          return !document.body.dispatchEvent(event)
        }"""
    )
    assert not refused
    expect(tab.get("drop")).to_be_hidden()
