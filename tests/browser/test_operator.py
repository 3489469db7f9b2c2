"""What the operator set, as a person meets it: each refusal says what helps, in the person's language."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from browser.chat_page import ChatPage, script, unique
from support.client import Client
from support.processes import Server, Upstream
from support.tab import new_id

pytestmark = pytest.mark.browser

SMALL, LARGE, DEAR = (script(tokens=tokens) for tokens in (3, 4, 5))
LANGUAGES = ("en-US", "ko-KR")

FILE = f"""
default = "here/{SMALL}"

[providers.here]
base_url = "{{url}}"
limits = {{{{ max_tokens = 20, reasoning_effort = ["low"] }}}}
[[providers.here.models]]
id = "{SMALL}"
name = "Small"
[[providers.here.models]]
id = "{LARGE}"
name = "Large"
limits = {{{{ system_prompt = 0 }}}}
"""


@pytest.fixture(scope="module")
def operated(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start servers with that file and bounds of their own."""
    made: list[Server] = []

    def make(**env: str) -> Server:
        folder = tmp_path_factory.mktemp("operated")
        file = folder / "chatapp.toml"
        file.write_text(FILE.format(url=upstream.url))
        file.chmod(0o600)
        settings = {"CHATAPP_CONFIG": str(file), "CHATAPP_MODEL": "", "CHATAPP_TITLES": "0", **env}
        made.append(Server(folder, upstream.url, **settings).start())
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture(scope="module")
def unbounded(operated: Callable[..., Server]) -> Server:
    return operated()


@pytest.fixture(scope="module")
def without_share(operated: Callable[..., Server]) -> Iterator[Server]:
    """A server whose default model has nothing left for today."""
    server = operated(CHATAPP_TOKENS_PER_DAY="model=70")
    client = Client(server.port)
    client.sign_in()
    tab = client.tab()
    is_left = True
    while is_left:
        question = {"conversation_id": None, "client_message_id": new_id(), "content": unique()}
        ack = tab.command("send_message", question)
        is_left = ack["ok"] and bool(tab.wait_ended(ack["generation_id"]))
    yield server
    client.close()


@pytest.fixture(scope="module")
def with_shares(operated: Callable[..., Server]) -> Server:
    """A server on which each person may ask once."""
    return operated(CHATAPP_TOKENS_PER_DAY="session=70")


@pytest.fixture(params=LANGUAGES)
def tab_on(request: pytest.FixtureRequest, new_context: Callable[..., BrowserContext]) -> Callable[[Server], ChatPage]:
    """Open a tab of a person with each language."""

    def make(server: Server) -> ChatPage:
        return ChatPage(new_context(locale=request.param).new_page(), f"http://127.0.0.1:{server.port}")

    return make


def words(tab: ChatPage, english: str, korean: str) -> str:
    return {"en": english, "ko": korean}[tab.page.locator("html").get_attribute("lang")]


def with_old_model(tab: ChatPage) -> str:
    """Import a conversation whose model is not offered here; return its id."""
    tab.begin_session()
    conversation = {"title": "Old", "model": f"here/{DEAR}", "created_at": 1.0, "updated_at": 1.0, "messages": []}
    head = {"format": "chatapp", "version": 1, "conversations": [conversation]}
    reply = tab.page.request.post(
        f"{tab.url}/api/conversations/import",
        data=json.dumps(head),
        headers={"Origin": tab.url, "Content-Type": "application/json"},
    )
    assert reply.status == 201, reply.text()
    return str(reply.json()["conversations"][0]["id"])


def test_a_model_that_is_not_offered_is_replaced_from_its_card(
    tab_on: Callable[[Server], ChatPage], unbounded: Server, upstream: Upstream
) -> None:
    tab, content = tab_on(unbounded), unique()
    tab.open(f"/c/{with_old_model(tab)}")
    tab.ask(content)
    expect(tab.get("error")).to_contain_text(words(tab, "is not offered here", "제공하지 않는 모델입니다"))
    expect(tab.get("error")).to_contain_text(DEAR)
    first = tab.get("error").get_by_role("button").first
    expect(first).to_have_text(re.compile(words(tab, "^Send with ", "모델로 보내기$")))
    tab.get("choose-model").click()
    tab.page.get_by_role("menuitemradio", name="Large").click()
    tab.wait_for_end()
    expect(tab.get("model")).to_have_attribute("data-model", f"here/{LARGE}")
    expect(tab.get("error")).to_have_count(0)
    assert upstream.call(content)["model"] == LARGE


def send_again_with_length(tab: ChatPage, tokens: str) -> None:
    """Set the longest answer in the settings that the error leads to, and send the question again."""
    tab.get("open-settings").click()
    tab.get("setting-max_tokens").fill(tokens)
    tab.get("setting-max_tokens").press("Tab")
    tab.page.keyboard.press("Escape")
    tab.get("send-again").click()
    tab.wait_for_end()


def test_an_option_above_the_limit_is_changed_from_its_card(
    tab_on: Callable[[Server], ChatPage], unbounded: Server, upstream: Upstream
) -> None:
    tab, content = tab_on(unbounded), unique()
    tab.open_new(options={"max_tokens": 1000})
    tab.ask(content)
    expect(tab.get("error")).to_contain_text(words(tab, "at most 20", "20 이하"))
    expect(tab.get("error")).to_contain_text(words(tab, "Max answer length", "최대 답변 길이"))
    send_again_with_length(tab, "15")
    assert upstream.call(content)["options"]["max_tokens"] == 15


def test_a_new_question_refused_for_its_settings_is_sent_with_those_set_afterwards(
    tab_on: Callable[[Server], ChatPage], unbounded: Server, upstream: Upstream
) -> None:
    tab, content = tab_on(unbounded), unique()
    tab.begin_session()
    defaults = {"model": None, "system_prompt": None, "options": {"max_tokens": 1000}}
    assert tab.page.request.put(f"{tab.url}/api/settings", data=defaults, headers={"Origin": tab.url}).ok
    tab.open()
    tab.ask(content)
    expect(tab.get("error")).to_contain_text(words(tab, "at most 20", "20 이하"))
    send_again_with_length(tab, "12")
    assert upstream.call(content)["options"]["max_tokens"] == 12


def test_the_settings_show_the_limits_of_the_model_and_offer_no_more(
    tab_on: Callable[[Server], ChatPage], unbounded: Server
) -> None:
    tab = tab_on(unbounded).open_new(model=f"here/{SMALL}")
    tab.get("settings-button").click()
    tab.get("tab-conversation").click()
    expect(tab.page.locator("#hint-max_tokens:visible")).to_contain_text(words(tab, "At most 20 here.", "20 이하"))
    options = tab.get("setting-reasoning_effort").locator("visible=true").locator("option")
    assert [one.get_attribute("value") for one in options.all()] == ["", "low"]
    number = tab.get("setting-max_tokens").locator("visible=true")
    number.fill("21")
    number.press("Tab")
    expect(tab.get("problem-max_tokens").locator("visible=true")).to_contain_text("20")
    expect(tab.get("setting-system_prompt").locator("visible=true")).to_have_count(1)
    tab.get("setting-model").locator("visible=true").select_option(f"here/{LARGE}")
    expect(tab.get("setting-system_prompt").locator("visible=true")).to_have_count(0)


def test_a_model_without_budget_gives_way_to_another_one(
    tab_on: Callable[[Server], ChatPage], without_share: Server, upstream: Upstream
) -> None:
    tab, content = tab_on(without_share), unique()
    tab.open()
    tab.ask(content)
    expect(tab.get("error")).to_contain_text(words(tab, "used up its share for today", "오늘 사용량을 모두"))
    again = tab.get("send-again")
    expect(again).to_be_disabled()
    expect(again).to_have_text(re.compile(words(tab, r"\d+ h \d+ min|\d+ min \d+ s", r"\d+시간 \d+분|\d+분 \d+초")))
    tab.get("other-model").click()
    expect(tab.get("message")).to_have_count(2)
    tab.wait_for_end()
    expect(tab.get("error")).to_have_count(0)
    assert upstream.call(content)["model"] == LARGE


def test_a_spent_budget_keeps_the_question_and_says_until_when(
    tab_on: Callable[[Server], ChatPage], with_shares: Server, upstream: Upstream
) -> None:
    tab, content = tab_on(with_shares), unique()
    tab.open()
    tab.ask(unique())
    tab.wait_for_end()
    tab.ask(content)
    expect(tab.get("error")).to_contain_text(words(tab, "You have used up your share", "오늘 쓸 수 있는 양을 모두"))
    expect(tab.get("send-again")).to_be_disabled()
    expect(tab.get("other-model")).to_have_count(0)
    tab.get("put-back").click()
    expect(tab.get("composer")).to_have_value(content)
    assert upstream.calls(content) == []
