"""Sending while the connection is down: kept in any case, sent once, in order."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser.chat_page import ChatPage, script, unique
from browser.conftest import Watch
from browser.gate import Gate
from support.processes import Server

pytestmark = pytest.mark.browser


class CutTab(ChatPage):
    """A tab behind a gate; what the server has is asked past the gate."""

    def __init__(self, page: Page, gate: Gate, server: Server) -> None:
        super().__init__(page, f"http://127.0.0.1:{gate.port}")
        self.gate, self.past = gate, f"http://127.0.0.1:{server.port}"

    def cut(self) -> None:
        """Lose the connection, and wait until the page has noticed."""
        self.gate.cut()
        expect(self.get("connection-state")).to_be_visible()

    def mend(self) -> None:
        self.gate.mend()

    def another(self) -> "CutTab":
        """Another tab of the same browser, behind the same gate."""
        other = CutTab.__new__(CutTab)
        ChatPage.__init__(other, self.page.context.new_page(), self.url)
        other.gate, other.past = self.gate, self.past
        return other

    def asked(self, conversation_id: str) -> list[str]:
        """Return the questions that the server has."""
        reply = self.page.request.get(f"{self.past}/api/conversations/{conversation_id}")
        return [one["content"] for one in reply.json()["messages"] if one["role"] == "user"]

    @property
    def id(self) -> str:
        return self.page.url.rpartition("/c/")[2]

    @property
    def stages(self) -> list[str | None]:
        """What each unsent message waits for."""
        return [one.get_attribute("data-stage") for one in self.page.locator(".pending [data-testid=stage]").all()]


@pytest.fixture
def context(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    """A browser that keeps the page."""
    return new_context(service_workers="allow")


@pytest.fixture
def cut_tab(context: BrowserContext, gate: Gate, server: Server, watch: Watch) -> Iterator[CutTab]:
    watch.expect("WebSocket connection to", "net::ERR_", "error occurred when fetching the script")
    yield CutTab(context.new_page(), gate, server)
    gate.mend()


def test_several_messages_go_out_in_order_and_once(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open_new(model=script(tokens=4, rate=20))
    tab.ask("before")
    tab.wait_for_end()
    tab.cut()
    questions = ["하나", "둘", "셋"]
    for question in questions:
        tab.ask(question)
        expect(tab.get("composer")).to_have_value("")
        expect(tab.question.get_by_test_id("body")).to_have_text(question)
    assert tab.stages == ["offline", "queued", "queued"]
    expect(tab.get("announcer")).to_have_text("Will be sent after the current answer.")
    tab.get("composer").fill("still typing")
    assert tab.asked(tab.id) == ["before"]
    tab.mend()
    expect(tab.get("message")).to_have_count(8)
    tab.wait_for_end()
    expect(tab.page.locator(".pending")).to_have_count(0)
    assert tab.asked(tab.id) == ["before", *questions]
    expect(tab.get("composer")).to_have_value("still typing")


def test_a_new_conversation_that_began_without_a_connection_is_one_conversation(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open()
    tab.cut()
    first, second = unique("first"), unique("second")
    tab.ask(first)
    tab.ask(second)
    expect(tab.question.get_by_test_id("body")).to_have_text(second)
    tab.mend()
    expect(tab.get("message")).to_have_count(4)
    tab.wait_for_end()
    assert tab.asked(tab.id) == [first, second]
    expect(tab.get("conversation")).to_have_count(1)


def test_what_was_sent_outlives_a_reload_and_the_tab(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open_new(model=script(tokens=3))
    conversation_id = tab.id
    tab.gate.lets_websockets_pass = False
    tab.gate.cut()
    tab.gate.mend()
    questions = [unique("one"), unique("two")]
    for question in questions:
        tab.ask(question)
    tab.page.reload()
    expect(tab.get("message")).to_have_count(2)
    assert [text.strip() for text in tab.get("body").all_text_contents()] == questions
    other = tab.another()
    tab.page.close()
    other.page.goto(f"{tab.url}/c/{conversation_id}")
    expect(other.get("message")).to_have_count(2)
    assert other.asked(conversation_id) == []
    tab.gate.lets_websockets_pass = True
    expect(other.get("message")).to_have_count(4)
    other.wait_for_end()
    assert other.asked(conversation_id) == questions


def test_what_a_closed_tab_wanted_to_begin_is_taken_on_by_the_next(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open()
    tab.gate.lets_websockets_pass = False
    tab.gate.cut()
    tab.gate.mend()
    question = unique("from the closed tab")
    tab.ask(question)
    expect(tab.question).to_have_attribute("data-status", "sending")
    other = tab.another()
    tab.page.close()
    other.page.goto(tab.url)
    expect(other.question.get_by_test_id("body")).to_have_text(question)
    tab.gate.lets_websockets_pass = True
    other.wait_for_end()
    assert other.asked(other.id) == [question]
    expect(other.get("conversation")).to_have_count(1)


def test_several_tabs_send_what_they_have_once(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open_new(model=script(tokens=3))
    other = tab.another()
    other.open(f"/c/{tab.id}")
    tab.cut()
    tab.ask("from the first tab")
    expect(other.question.get_by_test_id("body")).to_have_text("from the first tab")
    other.ask("from the second tab")
    expect(tab.question.get_by_test_id("body")).to_have_text("from the second tab")
    tab.mend()
    for one in (tab, other):
        expect(one.get("message")).to_have_count(4)
        one.wait_for_end()
        expect(one.page.locator(".pending")).to_have_count(0)
    assert tab.asked(tab.id) == ["from the first tab", "from the second tab"]


def test_what_waits_can_be_taken_back_and_the_rest_goes_out(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open_new(model=script(tokens=3))
    tab.cut()
    tab.ask("말을 바꿀 질문")
    tab.ask("그다음 질문")
    tab.get("put-back").first.click()
    expect(tab.get("composer")).to_have_value("말을 바꿀 질문")
    expect(tab.get("composer")).to_be_focused()
    expect(tab.get("message")).to_have_count(1)
    tab.mend()
    expect(tab.get("message")).to_have_count(2)
    tab.wait_for_end()
    assert tab.asked(tab.id) == ["그다음 질문"]


def test_what_would_take_a_place_above_what_waits_is_not_thrown_away(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open_new(model=script(tokens=3))
    tab.ask("before")
    tab.wait_for_end()
    tab.cut()
    tab.ask("what waits")
    first = tab.get("message").first
    first.get_by_test_id("edit").click()
    tab.get("editor").fill("an edit")
    tab.get("editor").press("Enter")
    expect(tab.get("editor-hint")).to_contain_text("an unsent message")
    expect(tab.get("editor")).to_have_value("an edit")
    expect(tab.get("editor")).to_be_focused()
    tab.answer.get_by_test_id("regenerate").click()
    expect(tab.get("toast").filter(has_text="an unsent message")).to_be_visible()
    tab.mend()
    expect(tab.page.locator(".pending")).to_have_count(0)
    tab.get("edit-save").click()
    expect(tab.get("message")).to_have_count(2)
    tab.wait_for_end()
    assert tab.asked(tab.id) == ["an edit"]


def test_a_connection_that_breaks_before_the_ack_sends_nothing_twice(cut_tab: CutTab) -> None:
    """The server has it, the page does not know."""
    tab = cut_tab

    def swallow(route: object) -> None:
        server = route.connect_to_server()  # type: ignore[attr-defined]
        state = {"cut": False}

        def out(message: str | bytes) -> None:
            server.send(message)
            if '"send_message"' in str(message) and not swallowed:
                swallowed.append(True)
                state["cut"] = True
                tab.gate.cut()

        route.on_message(out)  # type: ignore[attr-defined]
        server.on_message(lambda message: None if state["cut"] else route.send(message))  # type: ignore[attr-defined]

    swallowed: list[bool] = []
    tab.page.route_web_socket("**/socket.io/**", swallow)
    tab.open_new(model=script(tokens=3))
    tab.ask("only once")
    while not swallowed:
        tab.page.wait_for_timeout(20)  # in which the routes above are served
    expect(tab.get("connection-state")).to_be_visible()
    tab.mend()
    tab.wait_for_end()
    expect(tab.get("message")).to_have_count(2)
    expect(tab.page.locator(".pending")).to_have_count(0)
    assert tab.asked(tab.id) == ["only once"]


KEEP = """(entry) => localStorage.setItem(`chatapp.outbox.${entry.id}`, JSON.stringify({
  number: 1, command: "send_message", replaces: null, state: "sending", error: null, after: null, at: Date.now(),
  ...entry,
}))"""


# Only one tab delivers at a time: another one that is slow can be played by a lock.
HOLD_SENDING = """() => new Promise((ready) => {
  const place = location.pathname.split("/").at(-1)
  navigator.locks.request(`chatapp.outbox ${place}`, () => new Promise((done) => {
    globalThis.release = done
    ready()
  }))
})"""


def keep(tab: ChatPage, conversation_id: str, content: str, **fields: object) -> None:
    """Leave an unsent message in the browser, as a closed tab would."""
    name = str(uuid.uuid4())
    payload = {"conversation_id": conversation_id, "content": content, "client_message_id": name}
    tab.page.evaluate(KEEP, {"id": name, "place": conversation_id, "payload": payload, **fields})


def test_what_was_refused_for_a_while_can_be_sent_again_after_it(tab: ChatPage) -> None:
    conversation_id = tab.open_new(model=script(tokens=3)).page.url.rpartition("/c/")[2]
    error = {"code": "rate_limited", "message": "", "retry_after": 2}
    keep(tab, conversation_id, unique(), state="failed", error=error)
    tab.page.reload()
    expect(tab.get("send-again")).to_be_disabled()
    expect(tab.get("announcer")).to_have_text("This message was not sent.")
    expect(tab.get("send-again")).to_have_text("Send again")
    tab.get("send-again").click()
    tab.wait_for_end()


def test_what_was_said_to_a_conversation_that_is_gone_waits_for_the_person(tab: ChatPage) -> None:
    conversation_id = tab.open_new(model=script(tokens=3)).page.url.rpartition("/c/")[2]
    question = unique("to a conversation that is gone")
    headers = {"Origin": tab.url, "Content-Type": "application/json"}
    reply = tab.page.request.delete(f"{tab.url}/api/conversations/{conversation_id}", headers=headers)
    assert reply.status == 204
    keep(tab, conversation_id, question)
    tab.open()
    expect(tab.question.get_by_test_id("body")).to_have_text(question)
    expect(tab.question).to_have_attribute("data-status", "unsent")
    tab.get("send-again").click()
    tab.wait_for_end()
    assert tab.saved()[0]["content"] == question


def test_a_new_chat_is_a_fresh_one_while_another_is_being_sent(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open()
    tab.cut()
    first, second = unique("first"), unique("second")
    tab.ask(first)
    tab.get("new-chat").click()
    expect(tab.get("toast").filter(has_text="will be sent automatically")).to_be_visible()
    expect(tab.get("welcome")).to_be_visible()
    tab.ask(second)
    expect(tab.get("message")).to_have_count(1)
    tab.get("composer").fill("still typing")
    tab.mend()
    expect(tab.get("message")).to_have_count(2)
    tab.wait_for_end()
    assert tab.asked(tab.id) == [second]
    expect(tab.get("composer")).to_have_value("still typing")
    expect(tab.get("conversation")).to_have_count(2)


def test_what_was_chosen_for_a_new_chat_is_not_chosen_for_the_next(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open()
    other = tab.create(title="other")
    tab.page.reload()
    tab.get("settings-button").click()
    tab.get("setting-system_prompt").fill("Be brief.")
    tab.page.keyboard.press("Escape")
    tab.cut()
    tab.ask(unique())
    tab.item(other).click()
    tab.page.go_back()
    expect(tab.question).to_have_attribute("data-status", "sending")
    tab.get("settings-button").click()
    expect(tab.get("setting-system_prompt")).to_have_value("")
    tab.page.keyboard.press("Escape")
    tab.mend()
    expect(tab.get("conversation")).to_have_count(2)


def test_what_was_said_elsewhere_and_not_sent_is_told_with_a_way_to_it(tab: ChatPage) -> None:
    conversation_id = tab.open_new(model=script(tokens=3)).page.url.rpartition("/c/")[2]
    other = tab.create(title="other")
    tab.item(conversation_id).click()
    tab.page.evaluate(HOLD_SENDING)
    question = unique("to a conversation that is gone")
    tab.ask(question)
    tab.item(other).click()
    headers = {"Origin": tab.url, "Content-Type": "application/json"}
    assert tab.page.request.delete(f"{tab.url}/api/conversations/{conversation_id}", headers=headers).status == 204
    tab.page.evaluate("release()")
    tab.get("toast-deed").click()
    expect(tab.question.get_by_test_id("body")).to_have_text(question)
    expect(tab.question).to_have_attribute("data-status", "unsent")
