"""The main paths in a real Firefox."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from browser.chat_page import SCROLLS_SIDEWAYS, script, unique
from browser.conftest import Watch
from browser.firefox import Firefox
from browser.firefox_ime import FirefoxIme
from browser.firefox_tab import FirefoxTab
from support.client import Client
from support.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]  # a first start on a busy machine takes a minute

OpenTab = Callable[[], FirefoxTab]

#: The browser's errors for a socket that is refused, or cut while it is being opened.
CONNECTION_LOST = ("establish a connection to the server at ws://", "The connection to ws://")


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """One Firefox for all tests of this file."""
    path = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
    if not path and os.environ.get("CI") == "true":
        pytest.fail("No Firefox in CI: apt-get install firefox-esr")
    if not path:
        pytest.skip("No Firefox: apt-get install firefox-esr")
    firefox = Firefox(path, tmp_path_factory.mktemp("firefox"))
    yield firefox
    firefox.close()


@pytest.fixture
def new_tab(firefox: Firefox, client: Client, watch: Watch) -> Iterator[OpenTab]:
    """Open tabs of one browser without stored data; what they log as an error or a warning fails the test."""
    user_context = firefox.create_user_context(client)
    made: list[FirefoxTab] = []

    def make() -> FirefoxTab:
        made.append(FirefoxTab(firefox, user_context, client))
        return made[-1]

    yield make
    for one in made:
        one.call("() => {}")  # what it logged before has arrived then
    firefox.remove_user_context(user_context)
    watch.errors += firefox.take_errors()


@pytest.fixture
def tab(new_tab: OpenTab) -> FirefoxTab:
    return new_tab()


def test_an_answer_is_shown_while_it_streams_and_ends_as_stored(tab: FirefoxTab) -> None:
    tab.open_new(model=script(tokens=150, rate=40))
    question = unique("질문")
    tab.ask(question)
    texts = [tab.wait_for_text()]
    while (answer := tab.answer)["status"] == "running":
        texts.append(answer["text"])
    lengths = [len(text) for text in texts]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 1, "it grows while it runs"
    assert tab.wait_for_end() == tab.rendered() != ""
    assert tab.questions == [question]


def test_stop_keeps_what_had_come(tab: FirefoxTab) -> None:
    tab.open_new(model=script(tokens=400, rate=40))
    tab.ask(unique())
    tab.wait_for_text()
    tab.click("stop")
    assert tab.wait_for_end("stopped") == tab.rendered() != ""


def test_a_reload_halfway_shows_the_whole_answer(tab: FirefoxTab) -> None:
    tab.open_new(model=script(tokens=400, rate=40))
    tab.ask(unique())
    before = tab.wait_for_text()
    tab.reload()
    assert tab.wait_for_text().startswith(before)
    assert tab.wait_for_end() == tab.rendered()


def test_a_second_tab_shows_the_same_answer(tab: FirefoxTab, new_tab: OpenTab) -> None:
    tab.open_new(model=script(tokens=80, rate=40))
    other = new_tab().open(f"/c/{tab.id}")
    tab.activate()
    tab.ask(unique())
    other.wait_for_text()
    tab.wait_for_text()
    assert tab.wait_for_end() == other.wait_for_end() == tab.rendered() != ""


def test_an_enter_consumed_by_the_input_method_does_not_send(tab: FirefoxTab) -> None:
    tab.open_new(model=script(tokens=3))
    tab.click("composer")
    ime = FirefoxIme(tab)
    ime.compose("ㄱ", "그", "글")
    assert tab.composer == "글"
    ime.commit("Enter")
    assert tab.composer == "글"
    tab.press("Enter")
    tab.wait_for_end()
    assert tab.composer == ""
    assert [message["content"] for message in tab.saved()].count("글") == 1
    assert tab.questions == ["글"]


def test_a_syllable_that_is_composed_while_an_answer_runs_is_not_lost(tab: FirefoxTab) -> None:
    tab.open_new(model=script(tokens=400, rate=50))
    tab.ask(unique())
    tab.wait_for_text()
    ime = FirefoxIme(tab)
    ime.compose("ㄷ", "다")
    ime.commit()
    ime.compose("ㅎ", "하", "한")
    assert tab.answer["status"] == "running"
    tab.wait_for_end()
    assert tab.composer == "다한"
    ime.commit()
    assert tab.composer == "다한"


def test_an_exported_conversation_is_imported(tab: FirefoxTab, tmp_path: Path) -> None:
    tab.open_new(model=script(tokens=5), title="여행 계획")
    tab.ask(unique())
    text = tab.wait_for_end()
    conversation_id = tab.id
    file = tmp_path / "export.json"
    file.write_bytes(tab.client.get(f"/api/conversations/{conversation_id}/export?format=json").body)
    tab.set_file("import-file", file)
    eventually(lambda: tab.id not in {"", conversation_id}, what="the imported conversation is open")
    assert tab.wait_for_end() == text != ""
    assert len(tab.call("() => [...document.querySelectorAll('[data-testid=conversation]')]")) == 2


def test_a_question_without_a_network_waits_and_is_sent_once(tab: FirefoxTab, watch: Watch) -> None:
    watch.expect(*CONNECTION_LOST)
    tab.open_new(model=script(tokens=4))
    with tab.offline():
        tab.wait_until_visible("connection-state")
        question = unique()
        tab.ask(question)
        assert tab.questions == [question]
        assert tab.saved() == []
    assert tab.wait_for_end() == tab.rendered() != ""
    assert tab.questions == [message["content"] for message in tab.saved() if message["role"] == "user"] == [question]


def test_the_page_fits_a_narrow_window(tab: FirefoxTab) -> None:
    tab.set_viewport(320, 640)
    tab.open_new(model=script(tokens=30))
    tab.ask("| 방식 | 첫 토큰 |\n|---|---|\n| `WebSocket` | 12 ms |")
    tab.wait_for_end()
    assert tab.call(SCROLLS_SIDEWAYS) is False


def test_back_shows_what_came_meanwhile(tab: FirefoxTab) -> None:
    """Firefox has no page with an open WebSocket, or with a lock, in its back/forward cache: it is loaded anew."""
    tab.open_new(model=script(tokens=4))
    tab.ask(unique())
    tab.wait_for_end()
    conversation_id = tab.id
    tab.goto(f"{tab.url}/join")
    tab.client.tab().ask_and_wait(script(tokens=4), conversation_id)
    tab.go_back()
    tab.wait_for("() => document.querySelectorAll('[data-testid=message]').length === 4")
    assert tab.wait_for_end() == tab.rendered() != ""
