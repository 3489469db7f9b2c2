"""Text that turns out to have been reasoning: a closing tag without an opening one, which the model's template ate."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from browser.chat_page import ChatPage, unique
from browser.scrolling import REST, offset, wait_for_layout
from support.odd_upstream import Exchange, OddUpstream
from support.processes import Server
from support.waiting import LIMIT

pytestmark = pytest.mark.browser

THOUGHT = "I wonder what to say.\n\n" * 40
ANSWER = "Hello!\n\n" * 60
STOP = {"choices": [{"delta": {}, "finish_reason": "stop"}]}


class Model:
    """A model that thinks without an opening tag. It waits for the test after its thought and before its end."""

    def __init__(self) -> None:
        self.may_answer, self.may_end = threading.Event(), threading.Event()

    def wait(self, exchange: Exchange) -> None:
        self.may_answer.clear()
        self.may_end.clear()
        self.speak(exchange, lambda event: event.wait(LIMIT))

    def hurry(self, exchange: Exchange) -> None:
        self.speak(exchange, lambda _event: True, pace=0.005)

    def speak(self, exchange: Exchange, wait: Callable[[threading.Event], bool], pace: float = 0.0) -> None:
        exchange.begin()
        for piece in [*THOUGHT.splitlines(keepends=True), self.may_answer, "</think>\n\n"]:
            self.say(exchange, piece, wait, pace)
        for piece in [*ANSWER.splitlines(keepends=True), self.may_end]:
            self.say(exchange, piece, wait, pace)
        exchange.event(STOP)
        exchange.event(b"[DONE]")
        exchange.end()

    def say(
        self, exchange: Exchange, piece: str | threading.Event, wait: Callable[[threading.Event], bool], pace: float
    ) -> None:
        if isinstance(piece, str):
            exchange.text(piece)
            time.sleep(pace)  # as a model's own pace
        else:
            wait(piece)


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def thinking_server(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    upstream = OddUpstream({"wait": model.wait, "hurry": model.hurry})
    server = Server(tmp_path_factory.mktemp("moved"), upstream.url, CHATAPP_TITLES="0").start()
    yield server
    server.close()
    upstream.close()


@pytest.fixture
def moving(new_context: Callable[..., BrowserContext], thinking_server: Server) -> ChatPage:
    """A tab of a browser that shows motion."""
    context = new_context(viewport={"width": 800, "height": 500}, reduced_motion="no-preference")
    return ChatPage(context.new_page(), f"http://127.0.0.1:{thinking_server.port}")


def expect_thought_as_text(tab: ChatPage) -> None:
    expect(tab.body.locator("p")).to_have_count(40)
    expect(tab.answer.get_by_test_id("reasoning")).to_have_count(0)


def expect_moved(tab: ChatPage) -> None:
    reasoning = tab.answer.get_by_test_id("reasoning")
    expect(tab.body.locator("p")).to_have_count(60)
    expect(tab.body).not_to_contain_text("wonder")
    expect(reasoning.locator("p")).to_have_count(40)
    expect(reasoning).not_to_have_attribute("open", "")


def test_text_that_was_reasoning_moves_in_every_tab_whenever_it_joins(moving: ChatPage, model: Model) -> None:
    moving.open_new(model="wait")
    path = moving.page.url.removeprefix(moving.url)
    moving.ask(unique())
    second = ChatPage(moving.page.context.new_page(), moving.url).open(path)
    expect_thought_as_text(moving)
    expect_thought_as_text(second)
    model.may_answer.set()
    expect_moved(moving)
    expect_moved(second)
    expect(moving.answer.locator("summary")).to_contain_text("Thought for")
    second.page.reload()
    expect_moved(second)
    expect(second.answer).to_have_attribute("data-status", "running")
    model.may_end.set()
    for tab in (moving, second):
        tab.wait_for_end()
        expect_moved(tab)
        assert tab.text.replace("\n", "") == ANSWER.replace("\n", "")
    expect(moving.get("announcer")).to_have_text("Answer complete.")
    moving.page.reload()
    expect_moved(moving)


def test_a_reader_at_the_end_stays_there_when_a_long_text_folds_as_reasoning(moving: ChatPage) -> None:
    moving.open_new(model="hurry")
    for _ in range(3):
        moving.ask(unique())
        moving.wait_for_end()
        expect_moved(moving)
        expect(moving.get("latest")).to_have_count(0)
        wait_for_layout(moving)
        assert moving.get("thread").evaluate(REST) < 2


def test_a_reader_of_what_was_reasoning_goes_on_at_the_beginning_of_the_answer(moving: ChatPage, model: Model) -> None:
    moving.open_new(model="wait")
    moving.ask(unique())
    expect_thought_as_text(moving)
    moving.get("thread").hover()
    moving.page.mouse.wheel(0, -150)
    latest = moving.get("latest")
    expect(latest).to_be_visible()
    model.may_answer.set()
    expect_moved(moving)
    wait_for_layout(moving)
    assert abs(offset(moving, moving.answer)) < 2
    expect(latest).to_be_visible()
    expect(latest).to_have_attribute("data-count", "60")
    model.may_end.set()
    moving.wait_for_end()
    wait_for_layout(moving)
    assert abs(offset(moving, moving.answer)) < 2
