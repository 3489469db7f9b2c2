"""Every text of every view is in the language that the browser or the reader has chosen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from browser.chat_page import ChatPage
from browser.conftest import PASSWORD, USUAL, Watch, clear, prepare
from browser.localized_views import FAST, VIEWS
from browser.pseudo import MARK_INTL, copy_product, unmarked
from support.processes import Server, Upstream

pytestmark = pytest.mark.browser

WORDS = "한국어 문장은 낱말 한가운데에서 줄이 바뀌면 읽기 어려우므로 띄어쓰기에서만 줄을 바꿉니다 " * 3
#: An HTTP call and a socket command for a conversation that does not exist.
ASKED = """async () => (await fetch("/api/conversations/0198c0de-0000-7000-8000-000000000000")).json()"""
REFUSED = """async (origin) => {
  const name = performance.getEntriesByType("resource").map(({ name }) => name).find((name) => /socket\\.io/.test(name))
  const { io } = await import(name)
  const socket = io(origin, { transports: ["websocket"], forceNew: true })
  const payload = { conversation_id: "0198c0de-0000-7000-8000-000000000000" }
  try {
    return await socket.timeout(10_000).emitWithAck("open_conversation", payload)
  } finally {
    socket.close()
  }
}"""
#: The lines of a text as laid out.
LINES = """(element) => {
  const lines = new Map()
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  const range = document.createRange()
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    for (let at = 0; at < node.length; at += 1) {
      range.setStart(node, at)
      range.setEnd(node, at + 1)
      const [box] = range.getClientRects()
      if (box) lines.set(Math.round(box.top), (lines.get(Math.round(box.top)) ?? "") + node.data[at])
    }
  }
  return [...lines.values()]
}"""
BREAKS_OF_CODE = """(element) => {
  const code = element.appendChild(document.createElement("pre")).appendChild(document.createElement("code"))
  const { wordBreak } = getComputedStyle(code)
  code.parentElement.remove()
  return wordBreak
}"""


@pytest.fixture(scope="module")
def marked_server(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose texts are all marked. It asks for a password, so that it has a sign-in page."""
    folder = tmp_path_factory.mktemp("marked")
    server = Server(folder, upstream.url, CHATAPP_PASSWORD=PASSWORD)
    server.cwd = copy_product(folder)
    yield server.start()
    server.close()


@pytest.fixture(scope="module")
def marked_context(marked_server: Server, chromium: Browser) -> Iterator[BrowserContext]:
    """A browser for that server, with a page that stays, as in `warm_context`."""
    context = prepare(chromium.new_context(**USUAL))
    context.add_init_script(f"({MARK_INTL})()")
    context.new_page().goto(f"http://127.0.0.1:{marked_server.port}/healthz")
    yield context
    context.close()


@pytest.fixture
def marked(marked_server: Server, marked_context: BrowserContext, watch: Watch) -> Iterator[ChatPage]:
    """A tab of that server, signed in."""
    tab = ChatPage(marked_context.new_page(), f"http://127.0.0.1:{marked_server.port}")
    watch.follow(tab.page)
    sign_in(tab)
    yield tab
    clear(marked_context, watch.origins)


def sign_in(tab: ChatPage) -> None:
    reply = tab.page.request.post(f"{tab.url}/api/session", data={"password": PASSWORD}, headers={"Origin": tab.url})
    assert reply.ok, reply.text()


@pytest.mark.parametrize("view", VIEWS)
def test_every_text_comes_from_the_catalogue(view: str, marked: ChatPage, watch: Watch) -> None:
    watch.expect("401", "404", "400", "ERR_", "WebSocket")
    VIEWS[view](marked)
    assert unmarked(marked.page) == []


def test_untranslated_text_is_found(marked: ChatPage) -> None:
    marked.open()
    marked.page.evaluate("() => document.querySelector('h1').append('left out')")
    marked.page.evaluate("() => document.querySelector('textarea').setAttribute('placeholder', 'left out, too')")
    assert [one.partition(": ")[2] for one in unmarked(marked.page)] == ["left out", "left out, too"]


def test_a_refusal_is_in_the_language_of_the_page(korean: ChatPage, watch: Watch) -> None:
    watch.expect("404")
    korean.open("/c/0198c0de-0000-7000-8000-000000000000")
    expect(korean.page.locator("html")).to_have_attribute("lang", "ko")
    assert korean.page.evaluate(ASKED)["detail"] == "없는 대화입니다."
    said = korean.page.evaluate(REFUSED, korean.url)
    assert said == {"ok": False, "error": {"code": "not_found", "message": "없는 대화입니다."}}


def test_an_unreachable_server_is_reported_in_the_language_of_the_page(korean: ChatPage, watch: Watch) -> None:
    watch.expect("ERR_FAILED")
    one = korean.open().create(title="이름")
    korean.page.route("**/api/conversations/*", lambda route: route.abort())
    korean.choose(one, "pin")
    expect(korean.get("toast")).to_contain_text("서버에 연결할 수 없습니다")


def test_a_chosen_language_overrides_the_browsers(korean: ChatPage, watch: Watch) -> None:
    watch.expect("404")
    korean.page.context.add_cookies([{"name": "chatapp_language", "value": "en", "url": korean.url}])
    korean.open()
    expect(korean.page.locator("html")).to_have_attribute("lang", "en")
    expect(korean.get("composer")).to_have_attribute("placeholder", "Ask anything")
    korean.page.goto(f"{korean.url}/nowhere")
    expect(korean.page.locator("h1")).to_have_text("Not found")


def test_an_error_page_is_in_the_readers_language(korean: ChatPage, watch: Watch) -> None:
    watch.expect("404")
    korean.page.goto(f"{korean.url}/nowhere")
    expect(korean.page).to_have_title("찾을 수 없음")
    expect(korean.page.locator("main")).to_contain_text("이 주소에는 아무것도 없습니다.")
    expect(korean.page.locator("main a")).to_have_text("첫 화면으로")


def test_korean_lines_break_between_words_and_addresses_do_not_widen_the_page(korean: ChatPage) -> None:
    korean.page.set_viewport_size({"width": 320, "height": 640})
    korean.open_new(model=FAST)
    korean.ask(f"{WORDS} https://example.com/{'path' * 40}")
    korean.wait_for_end()
    lines = korean.question.get_by_test_id("body").evaluate(LINES)
    words = set(WORDS.split())
    assert len(lines) > 3
    assert [word for line in lines for word in line.split() if "가" <= word[0] <= "힣" and word not in words] == []
    assert not korean.scrolls_sideways()
    assert korean.body.evaluate(BREAKS_OF_CODE) == "normal"
