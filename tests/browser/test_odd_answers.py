"""Cards and remarks for what odd model servers answer: what happened, what helps, and the server's own words."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser.chat_page import ChatPage, unique
from support.odd_upstream import Exchange, OddUpstream
from support.processes import Server

pytestmark = pytest.mark.browser

FILE = "/home/somebody/models/images/tiny-with-a-name-that-is-longer-than-a-phone-is-wide-2026.Q4_1.gguf"
NAME = "tiny-with-a-name-that-is-longer-than-a-phone-is-wide-2026.Q4_1"
RELEASE = "/srv/other/large-2026-11-06.gguf"
LONG = "The worker rejects this request because of a rule of its own. " * 30 + "The end."


def send(exchange: Exchange, *events: object) -> None:
    exchange.begin()
    for event in events:
        exchange.event(event)
    exchange.event(b"[DONE]")
    exchange.end()


def failing(**error: object) -> Callable[[Exchange], None]:
    return lambda exchange: send(exchange, {"error": error})


def answering(model: str, reason: str, **delta: str) -> Callable[[Exchange], None]:
    choice = {"delta": delta or {"content": "Hello"}, "finish_reason": None}
    end = {"delta": {}, "finish_reason": reason}
    return lambda exchange: send(exchange, {"model": model, "choices": [choice]}, {"choices": [end]})


SCRIPT = {
    "quota": failing(code="insufficient_quota", message="You exceeded your current quota."),
    "forbidden": failing(code="permission_denied", message="Not with this key."),
    "refused": failing(code="content_filter", message="Not about this."),
    "long": failing(code="of_the_future", message=LONG),
    "declined": answering("declined", "stop", refusal="I cannot help with that."),
    "large": answering(RELEASE, "stop"),
    FILE: answering(FILE.rpartition("/")[2], "stop"),
}


@pytest.fixture(scope="module")
def odd_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    upstream = OddUpstream(SCRIPT)
    upstream.models = {"object": "list", "data": [{"id": model} for model in SCRIPT]}
    server = Server(tmp_path_factory.mktemp("odd"), upstream.url, CHATAPP_TITLES="0", CHATAPP_MODEL="quota").start()
    yield f"http://127.0.0.1:{server.port}"
    server.close()
    upstream.close()


@pytest.fixture
def odd(page: Page, odd_url: str) -> ChatPage:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return ChatPage(page, odd_url)


def ask(tab: ChatPage, model: str, status: str = "complete") -> None:
    tab.open_new(model=model)
    tab.ask(unique())
    tab.wait_for_end(status)


@pytest.mark.parametrize(
    ("model", "code", "first", "sentence"),
    [
        ("quota", "quota_exceeded", "other-model", "모델 제공자의 사용 한도(크레딧)를 모두 썼습니다."),
        ("forbidden", "provider_forbidden", "other-model", "모델 서버가 허용하지 않는 요청입니다."),
        ("refused", "content_refused", "regenerate", "모델 서버가 질문이나 답변의 내용 때문에 요청을 거절했습니다."),
    ],
)
def test_a_card_says_what_happened_and_what_helps(
    new_context: Callable[..., BrowserContext], odd_url: str, model: str, code: str, first: str, sentence: str
) -> None:
    tab = ChatPage(new_context(locale="ko-KR").new_page(), odd_url)
    ask(tab, model, "failed")
    error = tab.get("error")
    expect(error).to_have_attribute("data-code", code)
    expect(error.locator("strong")).to_contain_text(sentence)
    expect(error.locator(".oops__deeds button").first).to_have_attribute("data-testid", first)


def test_long_words_of_a_server_are_short_in_the_card_and_whole_on_demand(odd: ChatPage) -> None:
    odd.page.set_viewport_size({"width": 390, "height": 700})
    ask(odd, "long", "failed")
    error = odd.get("error")
    assert error.evaluate("(it) => it.clientHeight") < 350
    expect(error.get_by_test_id("error-detail")).to_contain_text("…")
    error.get_by_test_id("error-whole").locator("summary").click()
    assert error.evaluate("(it) => it.clientHeight") < 650
    expect(error.get_by_test_id("error-said")).to_have_text(LONG)
    error.get_by_test_id("error-copy").click()
    expect(error.get_by_test_id("error-copy").get_by_text("Copied")).to_be_visible()
    assert odd.page.evaluate("() => navigator.clipboard.readText()") == LONG
    odd.answer.get_by_test_id("details").click()
    expect(odd.page.locator("[data-name=detailErrorSaid] dd")).to_contain_text("The end.")
    assert not odd.scrolls_sideways()


def test_a_refusal_of_the_model_is_told_under_its_words(odd: ChatPage) -> None:
    ask(odd, "declined")
    expect(odd.body).to_have_text("I cannot help with that.")
    expect(odd.get("remarks")).to_have_text("The model declined to answer.")


def test_a_model_that_answers_in_the_place_of_another_is_named(odd: ChatPage) -> None:
    ask(odd, "large")
    answered = odd.answer.get_by_test_id("answered-by")
    expect(answered).to_have_text("large-2026-11-06")
    expect(answered).to_have_attribute("title", "large was asked")
    odd.answer.get_by_test_id("details").click()
    expect(odd.page.locator("[data-name=model] dd")).to_have_text("large-2026-11-06")
    expect(odd.page.locator("[data-name=detailAsked] dd")).to_have_text("large")


def test_a_file_is_called_by_its_name_and_its_folders_are_shown_to_nobody(odd: ChatPage) -> None:
    odd.page.set_viewport_size({"width": 320, "height": 640})
    ask(odd, FILE)
    expect(odd.answer.get_by_test_id("answered-by")).to_have_text(NAME)
    expect(odd.get("model")).to_have_text(NAME)
    odd.answer.get_by_test_id("details").click()
    expect(odd.page.locator("[data-name=model] dd")).to_have_text(NAME)
    odd.get("details-close").click()
    odd.answer.get_by_test_id("regenerate-with").click()
    # From eight models on it is the list that can be searched; the path itself may be the eighth.
    item = odd.page.get_by_role("menuitemradio", name=NAME, exact=True)
    expect(item.or_(odd.page.get_by_role("option", name=NAME, exact=True))).to_be_visible()
    told = "() => document.body.innerText + [...document.querySelectorAll('[title]')].map((it) => it.title).join()"
    assert "somebody" not in odd.page.evaluate(told)
    assert not odd.scrolls_sideways()
