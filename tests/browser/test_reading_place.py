"""The reading place is kept over branches, conversations, reloads and earlier messages."""

import threading

import pytest
from playwright.sync_api import WebSocketRoute, expect

from browser.chat_page import ChatPage
from browser.imported_conversations import import_conversation, import_long_conversation
from browser.scrolling import REST, TOP, open_long_conversation, scroll_to_answer, wait_for_layout, wait_for_rendering

pytestmark = pytest.mark.browser


def test_switching_branches_does_not_move_the_shared_messages(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 1000, "height": 600})
    tab.open(f"/c/{import_fork(tab)}")
    wait_for_rendering(tab)
    fork = tab.page.get_by_test_id("branch-prev")
    fork.evaluate("(it) => it.closest('article').scrollIntoView({ block: 'center' })")
    wait_for_layout(tab)
    shared = tab.page.get_by_text("함께 하는 답변")
    before = shared.evaluate(TOP)
    fork.focus()
    tab.page.keyboard.press("Enter")
    expect(tab.get("branch-count")).to_have_text("1 / 2")
    expect(tab.page.get_by_text("첫째 갈래의 끝")).to_be_attached()
    wait_for_layout(tab)
    assert shared.evaluate(TOP) == pytest.approx(before, abs=1.5)
    expect(tab.get("branch-next")).to_be_focused()


def test_the_place_is_restored_on_return_and_after_a_reload(tab: ChatPage) -> None:
    open_long_conversation(tab, turns=40)
    first = tab.page.url.rpartition("/")[2]
    second = import_long_conversation(tab, 1)
    place = scroll_to_answer(tab, 28)
    before = place.evaluate(TOP)
    tab.item(second).get_by_role("link").click()
    expect(tab.get("message")).to_have_count(2)
    wait_for_rendering(tab)
    assert tab.get("thread").evaluate(REST) < 1
    tab.item(first).get_by_role("link").click()
    expect(place).to_be_in_viewport()
    wait_for_rendering(tab)
    assert place.evaluate(TOP) == pytest.approx(before, abs=1.5)
    tab.page.reload()
    expect(place).to_be_in_viewport()
    wait_for_rendering(tab)
    assert place.evaluate(TOP) == pytest.approx(before, abs=1.5)
    expect(tab.get("latest")).to_be_visible()


def test_a_reader_who_was_at_the_end_returns_to_the_end(tab: ChatPage) -> None:
    open_long_conversation(tab)
    first = tab.page.url.rpartition("/")[2]
    second = import_long_conversation(tab, 6)
    for conversation_id in (second, first):
        tab.item(conversation_id).get_by_role("link").click()
        expect(tab.page).to_have_url(f"{tab.url}/c/{conversation_id}")
        wait_for_rendering(tab)
        assert tab.get("thread").evaluate(REST) < 1
        expect(tab.get("latest")).to_have_count(0)


def test_a_conversation_opened_before_is_shown_without_waiting_for_the_server(tab: ChatPage) -> None:
    frozen = threading.Event()
    tab.page.route_web_socket("**/socket.io/**", lambda socket: forward_until(socket, frozen))
    open_long_conversation(tab)
    first = tab.page.url.rpartition("/")[2]
    wait_for_rendering(tab)
    second = import_long_conversation(tab, 1)
    tab.item(second).get_by_role("link").click()
    expect(tab.get("message")).to_have_count(2)
    frozen.set()
    tab.item(first).get_by_role("link").click()
    expect(tab.get("message")).to_have_count(16)


def test_earlier_messages_are_loaded_without_moving_the_text(tab: ChatPage) -> None:
    open_long_conversation(tab, turns=60)
    place = scroll_to_answer(tab, 50)
    before = place.evaluate(TOP)
    tab.page.evaluate("() => document.querySelector('[data-testid=earlier]').click()")
    expect(tab.get("message")).to_have_count(90)
    wait_for_layout(tab)
    assert place.evaluate(TOP) == pytest.approx(before, abs=1.5)
    tab.get("thread").focus()
    tab.page.keyboard.press("Home")
    expect(tab.get("message")).to_have_count(120)
    expect(tab.get("earlier")).to_have_count(0)
    expect(tab.page.get_by_text("질문 0", exact=True)).to_be_in_viewport()


def import_fork(tab: ChatPage) -> str:
    """Import a conversation of two branches below its first answer, the second one active; return its id."""
    filler = "문단입니다. " * 40 + "\n\n"
    texts = {
        "a0": ("q0", "함께 하는 답변"),
        "q1": ("a0", "첫째 갈래"),
        "a1": ("q1", filler * 6 + "첫째 갈래의 끝"),
        "q2": ("a0", "둘째 갈래"),
        "a2": ("q2", filler * 3 + "둘째 갈래의 끝"),
    }
    messages: list[dict[str, object]] = [
        {"id": "q0", "parent_id": None, "role": "user", "content": filler, "created_at": 1.0}
    ]
    for at, (name, (parent, content)) in enumerate(texts.items()):
        role = "assistant" if name.startswith("a") else "user"
        messages.append({"id": name, "parent_id": parent, "role": role, "content": content, "created_at": 2.0 + at})
    return import_conversation(tab, messages, leaf="a2")


def forward_until(socket: WebSocketRoute, frozen: threading.Event) -> None:
    """Forward what the page sends until the event is set."""
    server = socket.connect_to_server()
    socket.on_message(lambda message: None if frozen.is_set() else server.send(message))
