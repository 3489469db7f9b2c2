"""The chat page in a real Chromium against the real server."""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from chat_page import ChatPage
from conftest import Watch
from gate import Gate
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect
from support.client import unique
from support.processes import Server, Upstream

pytestmark = pytest.mark.browser

SERVER_AWAY = "ERR_CONNECTION_REFUSED"
SOCKET_FAILED = "WebSocket connection to"


def script(**keys: object) -> str:
    """Return the model name that scripts the upstream."""
    return f"script?{urlencode(keys)}"


@pytest.fixture
def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture
def gate(server: Server) -> Iterator[Gate]:
    gate = Gate(server.port)
    yield gate
    gate.close()


@pytest.fixture
def tab(page: Page, url: str) -> ChatPage:
    return ChatPage(page, url)


@pytest.fixture
def second_tab(context: BrowserContext, tab: ChatPage, url: str) -> ChatPage:
    """Another tab of the same browser."""
    return ChatPage(context.new_page(), url)


def test_a_question_on_the_empty_page_begins_a_conversation(tab: ChatPage) -> None:
    tab.open()
    expect(tab.get("welcome")).to_be_visible()
    question = unique("첫 질문")
    tab.ask(question)
    tab.wait_for_end()
    assert "/c/" in tab.page.url
    assert [message["content"] for message in tab.saved()] == [question, tab.text]
    expect(tab.page).to_have_title(question)
    expect(tab.page.locator("[data-testid=conversation]")).to_have_count(1)


def test_an_example_is_one_click(tab: ChatPage) -> None:
    tab.open()
    example = tab.get("example").first
    words = example.inner_text()
    example.click()
    tab.wait_for_end()
    assert tab.saved()[0]["content"] == words


def test_two_tabs_side_by_side_follow_one_answer(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=80, rate=40))
    second_tab.open(tab.page.url.removeprefix(tab.url))
    tab.ask(unique())
    second_tab.wait_for_text()
    expect(second_tab.get("stop")).to_be_visible()
    for one in (tab, second_tab):
        one.wait_for_end()
        assert one.text == tab.saved()[-1]["content"] != ""


def test_a_reload_halfway_shows_the_whole_answer(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=100, rate=40))
    tab.ask(unique())
    tab.wait_for_text()
    tab.page.reload()
    tab.wait_for_text()
    tab.wait_for_end()
    assert tab.text == tab.saved()[-1]["content"]


def test_stop_ends_the_answer_for_every_tab_and_it_can_go_on(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=60, rate=20, resume=1))
    second_tab.open(tab.page.url.removeprefix(tab.url))
    tab.ask(unique())
    second_tab.wait_for_text()
    second_tab.get("stop").click()
    for one in (tab, second_tab):
        one.wait_for_end("stopped")
        assert one.text == tab.saved()[-1]["content"]
    before = tab.text
    tab.answer.get_by_test_id("continue").click()
    tab.wait_for_end()
    assert tab.text.startswith(before)
    assert len(tab.text) > len(before)
    assert tab.text == tab.saved()[-1]["content"]


def test_escape_stops(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=200, rate=20))
    tab.ask(unique())
    tab.wait_for_text()
    tab.get("composer").press("Escape")
    tab.wait_for_end("stopped")


def test_regenerate_makes_a_branch_and_arrows_walk_between_them(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=5))
    tab.ask(unique())
    tab.wait_for_end()
    first = tab.answer.get_attribute("data-message-id")
    tab.answer.get_by_test_id("regenerate").click()
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    tab.wait_for_end()
    second = tab.answer.get_attribute("data-message-id")
    assert second != first
    tab.ask(unique("under the second"))
    expect(tab.get("message")).to_have_count(4)
    tab.wait_for_end()
    tab.get("branch-prev").click()
    expect(tab.get("message")).to_have_count(2)
    expect(tab.answer).to_have_attribute("data-message-id", first or "")
    tab.get("branch-next").click()
    expect(tab.get("message")).to_have_count(4)
    expect(tab.get("branch-count")).to_have_text("2 / 2")


def test_an_edited_question_is_a_branch_of_its_own(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=5))
    tab.ask("before")
    tab.wait_for_end()
    tab.question.get_by_test_id("edit").click()
    expect(tab.get("editor")).to_have_value("before")
    tab.get("editor").fill("after")
    tab.get("editor").press("Enter")
    expect(tab.question.get_by_test_id("body")).to_have_text("after")
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    tab.wait_for_end()
    tab.get("branch-prev").click()
    expect(tab.question.get_by_test_id("body")).to_have_text("before")
    assert len(tab.page.get_by_test_id("message").all()) == 2


def test_an_edit_that_is_cancelled_changes_nothing(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3))
    tab.ask("as it was")
    tab.wait_for_end()
    tab.question.get_by_test_id("edit").click()
    tab.get("editor").fill("something else")
    tab.get("editor").press("Escape")
    expect(tab.question.get_by_test_id("body")).to_have_text("as it was")
    assert len(tab.saved()) == 2


def test_after_a_crash_the_tab_comes_back_by_itself_and_the_answer_can_go_on(
    new_server: Callable[..., Server], page: Page, watch: Watch
) -> None:
    watch.expect(SERVER_AWAY, SOCKET_FAILED, "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")
    server = new_server()
    tab = ChatPage(page, f"http://127.0.0.1:{server.port}")
    tab.open_new(model=script(tokens=60, rate=20, resume=1))
    tab.ask(unique())
    tab.wait_for_text()
    server.kill9()
    expect(tab.get("connection-state")).to_be_visible()
    server.start()
    tab.wait_for_end("interrupted")
    expect(tab.get("connection-state")).to_have_count(0)
    before = tab.text
    assert before == tab.saved()[-1]["content"] != ""
    tab.answer.get_by_test_id("continue").click()
    tab.wait_for_end()
    assert tab.text.startswith(before)
    assert tab.text == tab.saved()[-1]["content"]


def test_what_is_sent_without_a_connection_is_sent_once_when_it_is_back(
    new_server: Callable[..., Server], page: Page, watch: Watch
) -> None:
    watch.expect(SERVER_AWAY, SOCKET_FAILED, "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")
    server = new_server()
    tab = ChatPage(page, f"http://127.0.0.1:{server.port}")
    tab.open_new(model=script(tokens=5))
    tab.ask("before")
    tab.wait_for_end()
    server.kill9()
    tab.ask("연결이 끊긴 사이에")
    expect(tab.get("connection-state")).to_be_visible()
    expect(tab.question).to_have_attribute("data-status", "sending")
    expect(tab.get("stage")).to_have_attribute("data-stage", "sending")
    server.start()
    expect(tab.get("message")).to_have_count(4)
    tab.wait_for_end()
    asked = [message["content"] for message in tab.saved() if message["role"] == "user"]
    assert asked == ["before", "연결이 끊긴 사이에"]


def test_blocked_websockets_are_said_plainly_and_nothing_is_lost_over_a_reload(
    gate: Gate, page: Page, watch: Watch
) -> None:
    watch.expect(SOCKET_FAILED)
    tab = ChatPage(page, f"http://127.0.0.1:{gate.port}")
    tab.open_new(model=script(tokens=5))
    gate.lets_websockets_pass = False
    tab.page.reload()
    expect(tab.get("connection-state")).to_have_attribute("data-state", "blocked")
    expect(tab.get("connection-state")).to_contain_text("WebSocket")
    question = unique()
    tab.ask(question)
    expect(tab.question).to_have_attribute("data-status", "sending")
    assert tab.saved() == []
    tab.page.reload()
    expect(tab.question).to_have_attribute("data-status", "sending")
    gate.lets_websockets_pass = True
    tab.wait_for_end()
    assert [message["content"] for message in tab.saved()] == [question, tab.text]


def test_enter_while_an_answer_runs_keeps_the_text_and_says_why(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=200, rate=30))
    tab.ask(unique())
    tab.wait_for_text()
    tab.ask("the next question")
    expect(tab.get("composer")).to_have_value("the next question")
    expect(tab.get("hint")).not_to_be_empty()
    tab.get("stop").click()
    tab.wait_for_end("stopped")
    tab.get("composer").press("Enter")
    expect(tab.get("composer")).to_have_value("")
    expect(tab.question.get_by_test_id("body")).to_have_text("the next question")
    tab.get("stop").click()


@pytest.mark.parametrize("order", ["chrome", "safari"])
def test_the_enter_that_ends_a_hangul_syllable_sends_nothing(tab: ChatPage, order: str) -> None:
    """Chrome tells of the key within the composition, Safari after it; while another answer streams."""
    tab.open_new(model=script(tokens=400, rate=40))
    tab.ask(unique())
    tab.wait_for_text()
    keyboard = tab.page.context.new_cdp_session(tab.page)
    composing_enter = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    tab.get("composer").focus()
    for syllable in ("ㅎ", "하", "한"):
        keyboard.send("Input.imeSetComposition", {"text": syllable, "selectionStart": 1, "selectionEnd": 1})
    tab.get("stop").click()
    tab.wait_for_end("stopped")
    tab.get("composer").focus()
    tab.get("composer").fill("")
    keyboard.send("Input.imeSetComposition", {"text": "글", "selectionStart": 1, "selectionEnd": 1})
    if order == "chrome":
        keyboard.send("Input.dispatchKeyEvent", composing_enter)
        keyboard.send("Input.insertText", {"text": "글"})
    else:
        keyboard.send("Input.insertText", {"text": "글"})
        keyboard.send("Input.dispatchKeyEvent", composing_enter)
    expect(tab.get("composer")).to_have_value("글")
    expect(tab.get("message")).to_have_count(2)
    tab.page.keyboard.press("Enter")
    expect(tab.question.get_by_test_id("body")).to_have_text("글")
    expect(tab.get("composer")).to_have_value("")
    expect(tab.get("message")).to_have_count(4)
    tab.get("stop").click()


def test_typing_hangul_goes_on_undisturbed_while_an_answer_streams(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=60, rate=60))
    tab.ask(unique())
    tab.wait_for_text()
    keyboard = tab.page.context.new_cdp_session(tab.page)
    tab.get("composer").focus()
    for word in ("안", "녕", "하", "세", "요"):
        keyboard.send("Input.imeSetComposition", {"text": word, "selectionStart": 1, "selectionEnd": 1})
        keyboard.send("Input.insertText", {"text": word})
    tab.wait_for_end()
    expect(tab.get("composer")).to_have_value("안녕하세요")
    expect(tab.get("composer")).to_be_focused()


def test_a_deep_link_and_back_and_forward_show_what_the_address_names(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3), title="one")
    tab.ask("first conversation")
    tab.wait_for_end()
    first = tab.page.url
    tab.open_new(model=script(tokens=3), title="two")
    tab.ask("second conversation")
    tab.wait_for_end()
    tab.page.goto(first)
    expect(tab.question.get_by_test_id("body")).to_have_text("first conversation")
    tab.get("new-chat").click()
    expect(tab.get("welcome")).to_be_visible()
    tab.page.go_back()
    expect(tab.question.get_by_test_id("body")).to_have_text("first conversation")
    expect(tab.page).to_have_title("one")
    tab.page.go_forward()
    expect(tab.get("welcome")).to_be_visible()


def test_an_unknown_conversation_leads_to_the_empty_page(tab: ChatPage) -> None:
    tab.open("/c/0198c0de-0000-7000-8000-000000000000")
    expect(tab.get("toast")).to_be_visible()
    expect(tab.get("welcome")).to_be_visible()


def test_a_rate_limit_counts_down_and_then_lets_one_try_again(tab: ChatPage) -> None:
    tab.open_new(model=script(status=429, retry_after=3, times=1, tokens=5))
    tab.ask(unique())
    tab.wait_for_end("failed")
    expect(tab.get("error")).to_have_attribute("data-code", "rate_limited")
    again = tab.answer.get_by_test_id("regenerate")
    expect(again).to_be_disabled()
    expect(again).to_be_enabled()
    again.click()
    expect(tab.get("error")).to_have_count(0)
    tab.wait_for_end()


def test_a_conversation_that_is_too_long_is_asked_again_without_its_oldest_turns(
    tab: ChatPage, upstream: Upstream
) -> None:
    tab.open_new(model=script(tokens=5, context=80))
    tab.ask("a first question of some forty characters")
    tab.wait_for_end()
    question = unique("and a second one")
    tab.ask(question)
    tab.wait_for_end("failed")
    expect(tab.get("error")).to_have_attribute("data-code", "context_too_long")
    tab.get("shorten").click()
    tab.wait_for_end()
    *_, last = upstream.calls(question)
    assert [message["role"] for message in last["messages"]] == ["user"]


def test_thoughts_are_open_while_they_come_and_fold_when_the_answer_starts(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=40, rate=20, reasoning=20))
    tab.ask(unique())
    reasoning = tab.answer.get_by_test_id("reasoning")
    expect(reasoning).to_have_attribute("open", "")
    expect(tab.get("stage")).to_have_attribute("data-stage", "thinking")
    tab.wait_for_text()
    expect(reasoning).not_to_have_attribute("open", "")
    tab.wait_for_end()
    assert "r1 " not in tab.text


def test_what_one_does_with_the_list_reaches_the_other_tab(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open()
    one, two = tab.create(title="alpha"), tab.create(title="beta")
    second_tab.open()
    expect(second_tab.item(one)).to_contain_text("alpha")

    tab.choose(one, "rename")
    tab.get("rename").fill("새 이름")
    tab.get("rename").press("Enter")
    expect(second_tab.item(one)).to_contain_text("새 이름")

    expect(second_tab.get("conversation").first).to_have_attribute("data-conversation-id", two)
    tab.choose(one, "pin")
    expect(second_tab.get("conversation").first).to_have_attribute("data-conversation-id", one)

    tab.choose(two, "remove")
    expect(second_tab.item(two)).to_have_count(0)
    tab.get("toast-deed").click()
    expect(second_tab.item(two)).to_contain_text("beta")


def test_deleting_the_open_conversation_sends_its_other_tab_to_the_empty_page(
    tab: ChatPage, second_tab: ChatPage
) -> None:
    tab.open_new(title="doomed")
    conversation_id = tab.page.url.rpartition("/")[2]
    second_tab.open(f"/c/{conversation_id}")
    tab.choose(conversation_id, "remove")
    expect(second_tab.get("toast")).to_be_visible()
    expect(second_tab.get("welcome")).to_be_visible()
    tab.get("toast-deed").click()
    expect(tab.page).to_have_title("doomed")


def test_a_running_conversation_breathes_in_the_list_of_every_tab(tab: ChatPage, second_tab: ChatPage) -> None:
    second_tab.open()
    tab.open_new(model=script(tokens=30, rate=30))
    tab.ask(unique())
    item = second_tab.item(tab.page.url.rpartition("/")[2])
    expect(item).to_have_attribute("data-running", "true")
    expect(item).to_have_attribute("data-running", "false")


def test_the_model_is_remembered_by_the_conversation(tab: ChatPage) -> None:
    model = script(tokens=3)
    tab.open_new(model=model)
    expect(tab.get("model")).to_have_value(model)
    other = tab.get("model").locator("option").last.get_attribute("value") or ""
    assert other != model
    tab.get("model").select_option(other)
    tab.page.reload()
    expect(tab.get("model")).to_have_value(other)


def test_a_reader_who_scrolled_up_is_left_there_and_told_what_came(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 800, "height": 500})
    tab.open_new(model=script(text="x\n\n" * 23, rate=6))
    tab.ask(unique())
    thread = tab.get("thread")
    expect(tab.body).to_contain_text("x\n\n" * 11)
    assert thread.evaluate("(it) => it.scrollHeight - it.scrollTop - it.clientHeight") < 60
    thread.hover()
    tab.page.mouse.wheel(0, -100)
    latest = tab.get("latest")
    expect(latest).to_be_visible()
    place = thread.evaluate("(it) => it.scrollTop")
    expect(latest).not_to_have_attribute("data-count", "0")
    tab.wait_for_end()
    assert thread.evaluate("(it) => it.scrollTop") == place
    latest.click()
    expect(latest).to_have_count(0)
    assert thread.evaluate("(it) => it.scrollHeight - it.scrollTop - it.clientHeight") < 2


def test_a_draft_is_kept_by_its_conversation(tab: ChatPage) -> None:
    tab.open_new(title="drafted")
    tab.get("composer").fill("half a thought")
    tab.get("new-chat").click()
    expect(tab.get("composer")).to_have_value("")
    tab.page.go_back()
    expect(tab.get("composer")).to_have_value("half a thought")


def test_too_long_a_message_is_refused_before_it_is_sent(tab: ChatPage) -> None:
    tab.open_new()
    long = "😀" * 100_001
    tab.get("composer").fill(long)
    tab.get("composer").press("Enter")
    expect(tab.get("hint")).to_contain_text("100,001")
    assert tab.saved() == []
    assert tab.get("composer").input_value() == long


def test_a_long_conversation_loads_its_beginning_when_one_scrolls_up(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=2))
    for number in range(3):
        tab.ask(f"question {number}")
        expect(tab.get("message")).to_have_count(2 * number + 2)
        tab.wait_for_end()
    tab.page.route_web_socket("**/socket.io/**", with_small_pages)
    tab.page.set_viewport_size({"width": 800, "height": 400})
    tab.page.reload()
    expect(tab.answer).to_be_in_viewport()
    tab.get("thread").hover()
    tab.page.mouse.wheel(0, -2000)
    expect(tab.get("message").first).to_contain_text("question 0")
    expect(tab.get("message")).to_have_count(6)
    expect(tab.get("earlier")).to_have_count(0)


def with_small_pages(socket: WebSocketRoute) -> None:
    """Let the page ask for two messages at a time."""
    server = socket.connect_to_server()
    socket.on_message(
        lambda message: server.send(
            message.replace('{"conversation_id"', '{"limit":2,"conversation_id"')
            if any(name in message for name in ('"open_conversation"', '"load_messages"'))
            else message
        )
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("locale", ["ko-KR", "en-US"])
def test_nothing_scrolls_sideways(
    new_context: Callable[..., BrowserContext], url: str, width: int, scheme: str, locale: str
) -> None:
    context = new_context(viewport={"width": width, "height": 700}, color_scheme=scheme, locale=locale)
    tab = ChatPage(context.new_page(), url)
    tab.open()
    assert not tab.scrolls_sideways()
    tab.open_new(model=script(tokens=30, lang="ko"), title="아주 긴 제목을 가진 대화입니다 " * 6)
    tab.ask("https://example.com/" + "a" * 300)
    tab.wait_for_end()
    tab.answer.get_by_test_id("regenerate").click()
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    tab.wait_for_end()
    assert not tab.scrolls_sideways()
    expect(tab.page.locator("html")).to_have_attribute("lang", locale[:2])


def test_on_a_phone_the_list_is_a_drawer(new_context: Callable[..., BrowserContext], url: str) -> None:
    context = new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    tab = ChatPage(context.new_page(), url)
    tab.open()
    conversation_id = tab.create(title="on the phone")
    link = tab.item(conversation_id).get_by_role("link")
    expect(link).not_to_be_visible()
    tab.get("menu").tap()
    expect(link).to_be_visible()
    link.tap()
    expect(link).not_to_be_visible()
    expect(tab.page).to_have_title("on the phone")


def test_a_password_is_asked_for_and_what_is_wrong_is_said(
    new_server: Callable[..., Server], page: Page, watch: Watch
) -> None:
    watch.expect("401")
    server = new_server(CHATAPP_PASSWORD="correct horse battery")
    tab = ChatPage(page, f"http://127.0.0.1:{server.port}")
    page.goto(f"{tab.url}/")
    tab.get("password").fill("wrong")
    tab.get("sign-in").click()
    expect(tab.get("problem")).not_to_be_empty()
    tab.get("password").fill("correct horse battery")
    tab.get("sign-in").click()
    expect(tab.get("welcome")).to_be_visible()
    expect(tab.get("model")).to_be_enabled()
