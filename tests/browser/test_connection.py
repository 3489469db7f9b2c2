"""Lost connections, lost events, and networks that refuse WebSockets."""

import random
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from browser.chat_page import ChatPage, script, unique
from browser.conftest import SERVER_LOST, Watch
from browser.cut_tab import CutTab
from browser.gate import Gate
from browser.imported_conversations import import_long_conversation
from support.processes import Server
from support.waiting import eventually

pytestmark = pytest.mark.browser

SOCKET_FAILED = "WebSocket connection to"
EVENTS = tuple(f'42["{name}"' for name in ("t", "message_added", "generation_started", "generation_ended"))


@pytest.fixture(scope="module")
def often_ended(module_server: Callable[..., Server]) -> Server:
    return module_server(CHATAPP_DRAIN_SECONDS="20")


@pytest.fixture
def running(often_ended: Server) -> Server:
    """A server that one test after the other ends and starts again."""
    return often_ended.ensure_started()


def test_after_a_server_crash_the_tab_reconnects_and_the_answer_can_be_continued(
    running: Server, page: Page, watch: Watch
) -> None:
    watch.expect(*SERVER_LOST)
    server = running
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
    assert before == tab.rendered(tab.saved()[-1]["content"]) != ""
    tab.answer.get_by_test_id("continue").click()
    tab.wait_for_end()
    assert tab.text.startswith(before)
    assert tab.text == tab.rendered(tab.saved()[-1]["content"])


def test_without_a_connection_the_clock_halts_and_says_what_it_waits_for(cut_tab: CutTab) -> None:
    cut_tab.open_new(model=script(tokens=2000, rate=20))
    cut_tab.ask(unique())
    cut_tab.wait_for_text()
    cut_tab.cut()
    stage, clock = cut_tab.get("stage"), cut_tab.get("stage").locator(".stage__clock")
    expect(stage).to_contain_text("Waiting for the connection")
    halted = clock.text_content()
    ticks = "() => new Promise((done) => setTimeout(done, 250))"  # more than two of the clock
    cut_tab.page.evaluate(ticks)
    expect(clock).to_have_text(halted or "")
    cut_tab.mend()
    expect(stage).to_contain_text("Writing")
    expect(clock).not_to_have_text(halted or "")


def test_an_answer_is_rendered_once_the_renderer_can_be_loaded(tab: ChatPage, watch: Watch) -> None:
    """A server that is lost before the page has loaded it leaves plain text, with the blanks that Markdown drops."""
    watch.expect("ERR_FAILED")
    is_away, tried = True, []

    def answer(route: Route) -> None:
        tried.append(route.request.url)
        route.abort() if is_away else route.continue_()

    tab.page.route(lambda url: url.endswith("/rendering.js"), answer)
    tab.open_new(model=script(tokens=5))
    tab.ask(unique())
    tab.wait_for_end()
    expect(tab.body).to_have_class(re.compile("body--plain"))
    assert tried
    is_away = False
    expect(tab.body).not_to_have_class(re.compile("body--plain"))
    assert tab.text == tab.rendered(tab.saved()[-1]["content"]) != ""


def test_a_message_sent_while_disconnected_is_delivered_once_after_the_reconnect(
    running: Server, page: Page, watch: Watch
) -> None:
    watch.expect(*SERVER_LOST)
    server = running
    tab = ChatPage(page, f"http://127.0.0.1:{server.port}")
    tab.open_new(model=script(tokens=5))
    tab.ask("before")
    tab.wait_for_end()
    server.kill9()
    tab.ask("연결이 끊긴 사이에")
    expect(tab.get("connection-state")).to_be_visible()
    expect(tab.question).to_have_attribute("data-status", "sending")
    expect(tab.get("stage")).to_have_attribute("data-stage", "offline")
    server.start()
    expect(tab.get("message")).to_have_count(4)
    tab.wait_for_end()
    asked = [message["content"] for message in tab.saved() if message["role"] == "user"]
    assert asked == ["before", "연결이 끊긴 사이에"]


def test_a_message_sent_during_a_server_restart_is_delivered(running: Server, page: Page, watch: Watch) -> None:
    watch.expect(*SERVER_LOST)
    server = running
    tab = ChatPage(page, f"http://127.0.0.1:{server.port}")
    tab.open_new(model=script(tokens=100, rate=25))
    tab.ask("what the old server still answers")
    tab.wait_for_text()
    tab.open_new(model=script(tokens=5))
    server.terminate()
    eventually(lambda: not server.is_ready(), what="the end of the old server's readiness")
    tab.ask("between two servers")
    assert server.wait(20) == 0
    expect(tab.question).to_have_attribute("data-status", "sending")
    server.start()
    tab.wait_for_end()
    assert [one["content"] for one in tab.saved() if one["role"] == "user"] == ["between two servers"]


def test_blocked_websockets_are_reported_and_a_message_survives_a_reload(gate: Gate, page: Page, watch: Watch) -> None:
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
    asked, answered = tab.saved()
    assert (asked["content"], tab.rendered(answered["content"])) == (question, tab.text)


def test_a_slow_network_shows_the_end_if_the_reading_place_is_far_above(gate: Gate, page: Page, watch: Watch) -> None:
    watch.expect(SOCKET_FAILED)
    tab = ChatPage(page, f"http://127.0.0.1:{gate.port}").open()
    conversation_id = import_long_conversation(tab, 250, answer="답변 {n}입니다. " + "가나다라마바사 " * 200)
    expect(tab.item(conversation_id)).to_be_visible()
    place = '{"message": "far above", "path": [], "depth": 499}'
    key = f"chatapp.of.{tab.owner}.place.{conversation_id}"
    page.evaluate("([key, place]) => sessionStorage.setItem(key, place)", [key, place])
    gate.bytes_per_second = 50_000  # 400 kbit/s: loading so many messages takes longer than the page waits for them
    tab.item(conversation_id).click()
    expect(tab.answer).to_contain_text("답변 249", timeout=40_000)
    expect(tab.get("message")).to_have_count(30)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_lost_repeated_and_late_events_do_not_change_the_final_text(tab: ChatPage, seed: int) -> None:
    chance = random.Random(seed)

    def spoil(socket: WebSocketRoute) -> None:
        server, late = socket.connect_to_server(), []

        def forward(message: str | bytes) -> None:
            fate = chance.random() if str(message).startswith(EVENTS) else 1
            if fate < 0.2:
                return
            if fate < 0.4:
                late.append(message)
                return
            socket.send(message)
            while late and chance.random() < 0.5:
                socket.send(late.pop())
            if fate < 0.6:
                socket.send(message)

        server.on_message(forward)

    tab.page.route_web_socket("**/socket.io/**", spoil)
    tab.open_new(model=script(tokens=120, rate=60))
    tab.ask(unique())
    tab.wait_for_end()
    assert tab.text == tab.rendered(tab.saved()[-1]["content"])
    tab.answer.get_by_test_id("regenerate").click()
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    tab.wait_for_end()
    assert tab.text == tab.rendered(tab.saved()[-1]["content"])
