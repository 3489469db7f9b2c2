"""Search: results while typing, by keyboard, and opening a hit."""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, WebSocketRoute, expect

from browser.chat_page import ChatPage, script, unique
from browser.ime import ORDERS, Ime
from browser.imported_conversations import import_conversation
from support.waiting import eventually

pytestmark = pytest.mark.browser


def ask_in_new_conversation(tab: ChatPage, words: str, around: str = "", **fields: str) -> str:
    """Ask in a new conversation, and wait until a search finds the words; return the conversation's id."""
    tab.open_new(**{"model": script(tokens=3), "title": "a talk", **fields})
    tab.ask(f"{around}{words}{around}")
    tab.wait_for_end()
    address = f"{tab.url}/api/conversations?q={quote(words)}"
    eventually(lambda: tab.page.request.get(address).json()["conversations"], what=f"{words!r} is found")
    return tab.page.url.rpartition("/")[2]


def search_for(tab: ChatPage, words: str) -> None:
    tab.get("search").press_sequentially(words)


def serve_small_pages(socket: WebSocketRoute) -> None:
    """Let the page load two messages at a time, whatever limit it asks for."""
    server = socket.connect_to_server()
    socket.on_message(
        lambda message: server.send(
            re.sub(r'"limit":\d+', '"limit":2', message)
            if any(name in message for name in ('"open_conversation"', '"load_messages"'))
            else message
        )
    )


def test_typed_words_are_found_in_messages_and_highlighted(tab: ChatPage) -> None:
    one = ask_in_new_conversation(tab, "제주에서 사흘을 보내려면", title="여행")
    ask_in_new_conversation(tab, "a question about something else", title="other")
    with tab.page.expect_request("**/api/conversations/search") as asking:
        search_for(tab, "사흘")
    assert asking.value.url == f"{tab.url}/api/conversations/search", "the words stand in no access log"
    expect(tab.get("result")).to_have_count(1)
    expect(tab.get("result")).to_have_attribute("data-conversation-id", one)
    expect(tab.get("result")).to_contain_text("여행")
    expect(tab.get("result").locator("mark").first).to_contain_text("사흘")
    expect(tab.get("conversation")).to_have_count(0)
    expect(tab.get("announcer")).to_have_text("1 conversation found.")


def test_a_title_is_found_and_highlighted(tab: ChatPage) -> None:
    tab.open()
    conversation_id = tab.create(title="Harvest moon recipes")
    search_for(tab, "harv")
    expect(tab.get("result")).to_have_attribute("data-conversation-id", conversation_id)
    expect(tab.get("result").locator("mark")).to_have_text("Harv", ignore_case=True)
    tab.get("search").press("Enter")
    expect(tab.page).to_have_title("Harvest moon recipes")


def test_initial_consonants_are_found_and_every_word_is_marked_in_the_opened_message(tab: ChatPage) -> None:
    one = ask_in_new_conversation(tab, "파이썬 제너레이터", around=" 그리고 ", title="한 이야기")
    ask_in_new_conversation(tab, "전혀 다른 이야기", title="다른 이야기")
    search_for(tab, "ㅈㄴㄹㅇㅌ 파이썬 그리고")
    expect(tab.get("result")).to_have_count(1)
    expect(tab.get("result")).to_have_attribute("data-conversation-id", one)
    expect(tab.get("result").locator("mark")).to_have_text(["그리고", "파이썬", "제너레이터", "그리고"])
    tab.get("search").press("Enter")
    tab.page.wait_for_function("() => CSS.highlights.has('found')")
    found = tab.page.evaluate("() => [...CSS.highlights.get('found')].map(String)")
    assert sorted(found) == ["그리고", "그리고", "제너레이터", "파이썬"]
    tab.get("search").fill("ㄷㄹ ㅇㅇㄱ")
    expect(tab.get("result").locator("mark")).to_have_text(["다른", "이야기"])


def test_arrow_keys_and_enter_open_a_result_and_escape_restores_the_list(tab: ChatPage) -> None:
    tab.open()
    for number in range(3):
        tab.create(title=f"lantern {number}")
    tab.page.keyboard.press("Control+k")
    expect(tab.get("search")).to_be_focused()
    search_for(tab, "lantern")
    results = tab.get("result")
    expect(results).to_have_count(3)
    expect(results.nth(0)).to_have_attribute("aria-selected", "true")
    for _ in range(5):
        tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("ArrowUp")
    expect(results.nth(1)).to_have_attribute("aria-selected", "true")
    expect(tab.get("search")).to_have_attribute("aria-activedescendant", results.nth(1).get_attribute("id") or "")
    wanted = results.nth(1).get_attribute("title") or ""
    tab.page.keyboard.press("Enter")
    expect(tab.page).to_have_title(wanted)
    tab.page.keyboard.press("Control+k")
    tab.page.keyboard.press("Escape")
    expect(tab.get("search")).to_have_value("")
    expect(tab.get("search")).to_be_focused()
    expect(tab.get("conversation")).to_have_count(3)
    tab.page.keyboard.press("Escape")
    expect(tab.get("composer")).to_be_focused()


def test_the_button_clears_the_search_and_keeps_the_focus_in_the_field(tab: ChatPage) -> None:
    tab.open()
    tab.create(title="anything")
    search_for(tab, "nowhere to be found")
    expect(tab.get("found-note")).to_contain_text("No results for “nowhere to be found”")
    tab.get("search-clear").click()
    expect(tab.get("search")).to_be_focused()
    expect(tab.get("conversation")).to_have_count(1)


@pytest.mark.parametrize("order", ORDERS)
def test_hangul_is_searched_during_composition_and_its_final_enter_opens_nothing(tab: ChatPage, order: str) -> None:
    tab.open()
    conversation_id = tab.create(title="글쓰기")
    ime = Ime(tab.page)
    tab.get("search").focus()
    ime.compose("ㄱ", "그", "글")
    expect(tab.get("result")).to_have_attribute("data-conversation-id", conversation_id)
    ime.end_by_enter("글", order)
    expect(tab.get("search")).to_have_value("글")
    expect(tab.get("welcome")).to_be_visible()
    tab.page.keyboard.press("Enter")
    expect(tab.page).to_have_title("글쓰기")


def test_a_hit_on_another_branch_is_shown_on_that_branch(tab: ChatPage) -> None:
    word = unique("hedgehog")
    ask_in_new_conversation(tab, word)
    tab.question.get_by_test_id("edit").click()
    tab.get("editor").fill("something without that word")
    tab.get("editor").press("Enter")
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    tab.wait_for_end()
    tab.get("new-chat").click()
    search_for(tab, word)
    tab.get("result").click()
    expect(tab.question.get_by_test_id("body")).to_have_text(word)
    expect(tab.get("branch-count")).to_have_text("1 / 2")
    expect(tab.question).to_have_attribute("data-marked", "")
    expect(tab.question).not_to_have_attribute("data-marked", "")


def test_a_hit_older_than_the_loaded_messages_is_loaded_and_shown(tab: ChatPage) -> None:
    word = unique("제비꽃")
    tab.page.set_viewport_size({"width": 1000, "height": 500})
    ask_in_new_conversation(tab, word)
    for number in range(1, 5):
        tab.ask(f"question {number}")
        expect(tab.get("message")).to_have_count(2 * number + 2)
        tab.wait_for_end()
    tab.page.route_web_socket("**/socket.io/**", serve_small_pages)
    tab.open()
    search_for(tab, word)
    tab.get("result").click()
    found = tab.get("message").filter(has_text=word)
    expect(found).to_be_in_viewport()
    expect(tab.get("latest")).to_be_visible()
    assert tab.page.evaluate("() => [...CSS.highlights.get('found')].map(String)") != []


def test_a_hit_deep_in_a_long_message_is_scrolled_to_its_words(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 1000, "height": 500})
    word = unique("물총새")
    ask_in_new_conversation(tab, word, around="\n\nx" * 60 + "\n\n")
    tab.get("new-chat").click()
    search_for(tab, word)
    tab.get("result").click()
    expect(tab.get("latest")).to_be_visible()
    place = tab.page.evaluate("() => [...CSS.highlights.get('found')][0].getBoundingClientRect().top")
    assert 0 < place < 500


def test_a_hit_far_down_in_a_very_long_answer_is_scrolled_to_its_words(tab: ChatPage) -> None:
    word = unique("heron")
    tab.open()
    paragraphs = [f"문단 {number}입니다. " + "글이 길어집니다. " * 8 for number in range(400)]
    paragraphs[200] = f"여기에 **{word}**가 있습니다."
    question = {"id": "q", "parent_id": None, "role": "user", "content": "질문", "created_at": 1.0}
    answer = {"id": "a", "parent_id": "q", "role": "assistant", "content": "\n\n".join(paragraphs), "created_at": 2.0}
    import_conversation(tab, [question, answer], leaf="a")
    eventually(
        lambda: tab.page.request.get(f"{tab.url}/api/conversations?q={word}").json()["conversations"], what="a hit"
    )
    search_for(tab, word)
    tab.get("result").click()
    expect(tab.body.locator("strong", has_text=word)).to_be_in_viewport()


def test_a_hit_near_the_end_of_a_conversation_that_hardly_scrolls_stays_in_sight(tab: ChatPage) -> None:
    word = unique("wren")
    tab.page.set_viewport_size({"width": 1000, "height": 800})
    # So long that the window is not a low one afterwards: the box would take less of it.
    conversation_id = ask_in_new_conversation(tab, word, model=script(tokens=150))
    thread = tab.get("thread")
    space = thread.evaluate(
        """(it) => it.getBoundingClientRect().bottom
            - it.querySelector('article:last-of-type').getBoundingClientRect().bottom"""
    )
    tab.page.set_viewport_size({"width": 1000, "height": 800 - int(space)})
    assert 0 < thread.evaluate("(it) => it.scrollHeight - it.clientHeight") < 48
    tab.get("new-chat").click()
    search_for(tab, word)
    tab.get("result").click()
    expect(tab.item(conversation_id)).to_have_count(0)
    expect(tab.question).to_have_attribute("data-marked", "")
    expect(tab.question).not_to_have_attribute("data-marked", "")
    top = tab.question.evaluate("(it) => it.getBoundingClientRect().top")
    assert top >= thread.evaluate("(it) => it.getBoundingClientRect().top")


def test_a_hit_opened_while_an_answer_streams_stays_in_place(tab: ChatPage) -> None:
    word = unique("otter")
    tab.page.set_viewport_size({"width": 1000, "height": 500})
    conversation_id = ask_in_new_conversation(tab, word, around="\n\nx" * 20 + "\n\n", model=script(tokens=60, rate=20))
    search_for(tab, word)
    expect(tab.get("result")).to_have_attribute("data-conversation-id", conversation_id)
    tab.ask("and now at length")
    tab.wait_for_text()
    tab.get("result").click()
    expect(tab.get("latest")).to_be_visible()
    thread = tab.get("thread")
    place = thread.evaluate("(it) => it.scrollTop")
    tab.wait_for_end()
    assert thread.evaluate("(it) => it.scrollTop") == place
    expect(tab.get("message").first).to_be_in_viewport()


def test_results_follow_a_deletion_in_another_tab(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open()
    one, two = tab.create(title="juniper one"), tab.create(title="juniper two")
    second_tab.open()
    search_for(tab, "juniper")
    expect(tab.get("result")).to_have_count(2)
    second_tab.choose(one, "remove")
    expect(tab.get("result")).to_have_count(1)
    expect(tab.get("result")).to_have_attribute("data-conversation-id", two)


def test_archived_conversations_are_found_and_say_so(tab: ChatPage) -> None:
    tab.open()
    conversation_id = tab.create(title="put away")
    tab.choose(conversation_id, "archive")
    expect(tab.item(conversation_id)).to_have_count(0)
    search_for(tab, "put away")
    expect(tab.get("result")).to_contain_text("Archived")


def test_more_results_are_loaded_at_the_end_of_the_list(tab: ChatPage) -> None:
    tab.open()
    for number in range(60):
        tab.create(title=f"marble {number}")
    search_for(tab, "marble")
    expect(tab.get("result").nth(49)).to_be_attached()
    expect(tab.get("announcer")).to_have_text("More than 50 conversations found.")
    tab.get("conversations").evaluate("(it) => it.scrollTo(0, it.scrollHeight)")
    expect(tab.get("result")).to_have_count(60)


def test_on_a_phone_the_search_is_in_the_drawer_and_the_key_opens_it(
    new_context: Callable[..., BrowserContext], url: str
) -> None:
    context = new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    tab = ChatPage(context.new_page(), url)
    tab.open()
    tab.create(title="on the phone")
    tab.page.keyboard.press("Control+k")
    expect(tab.get("search")).to_be_focused()
    search_for(tab, "phone")
    tab.get("result").tap()
    expect(tab.page).to_have_title("on the phone")
    expect(tab.get("search")).not_to_be_visible()
    assert not tab.scrolls_sideways()
