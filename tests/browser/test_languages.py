"""Every view says everything in the reader's language, which the browser or the reader chose."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from browser.chat_page import ChatPage, script
from browser.conftest import Watch
from browser.gate import Gate
from browser.pseudo import MARK_INTL, copy_of_product, unmarked
from support.processes import Server, Upstream

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
TITLE = "Ωδή"
FAST = script(tokens=3)
WORDS = "한국어 문장은 낱말 한가운데에서 줄이 바뀌면 읽기 어려우므로 띄어쓰기에서만 줄을 바꿉니다 " * 3
#: A call for what is not there, and a command over a socket of its own.
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
#: The lines of a text as they are on the screen.
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
    """A server whose every text is marked. It asks for a password, for the sake of that page."""
    folder = tmp_path_factory.mktemp("marked")
    server = Server(folder, upstream.url, CHATAPP_PASSWORD=PASSWORD)
    server.cwd = copy_of_product(folder)
    yield server.start()
    server.close()


@pytest.fixture
def marked(marked_server: Server, new_context: Callable[..., BrowserContext]) -> ChatPage:
    """A tab of that server, signed in."""
    tab = ChatPage(new_context().new_page(), f"http://127.0.0.1:{marked_server.port}")
    tab.page.add_init_script(f"({MARK_INTL})()")
    sign_in(tab)
    return tab


@pytest.fixture
def korean(new_context: Callable[..., BrowserContext], url: str) -> ChatPage:
    """A Korean's tab of the shared server."""
    return ChatPage(new_context(locale="ko-KR").new_page(), url)


def sign_in(tab: ChatPage) -> None:
    reply = tab.page.request.post(f"{tab.url}/api/session", data={"password": PASSWORD}, headers={"Origin": tab.url})
    assert reply.ok, reply.text()


def ask(tab: ChatPage, model: str) -> None:
    tab.open(f"/c/{tab.create(model=model, title=TITLE)}")
    tab.ask("αβγ")


def answered(tab: ChatPage, model: str = FAST, status: str = "complete") -> None:
    ask(tab, model)
    tab.wait_for_end(status)


def answer_fails(tab: ChatPage) -> None:
    answered(tab, script(status=429, retry_after=30), "failed")
    expect(tab.get("error")).to_be_visible()


def answer_is_refused(tab: ChatPage) -> None:
    answered(tab, script(status=401), "failed")
    expect(tab.get("error")).to_be_visible()


def answer_is_stopped(tab: ChatPage) -> None:
    ask(tab, script(tokens=400, rate=40, reasoning=2))
    tab.wait_for_text()
    tab.get("stop").click()
    tab.wait_for_end("stopped")


def answer_runs(tab: ChatPage) -> None:
    ask(tab, script(tokens=4000, rate=40, reasoning=40))
    tab.wait_for_text()


def answer_is_thought_of(tab: ChatPage) -> None:
    ask(tab, script(tokens=40, rate=10, reasoning=4000))
    expect(tab.get("reasoning")).to_be_visible()


def opens(testid: str, *, then: str | None = None, shows: str) -> Callable[[ChatPage], None]:
    """Return what opens something by one click or two."""

    def view(tab: ChatPage) -> None:
        answered(tab)
        tab.answer.hover()
        tab.get(testid).last.click()
        if then:
            tab.get(then).click()
        expect(tab.get(shows).first).to_be_visible()

    return view


def settings_sheet(name: str) -> Callable[[ChatPage], None]:
    def view(tab: ChatPage) -> None:
        answered(tab)
        tab.get("settings-button").click()
        tab.get(f"tab-{name}").click()
        for rare in tab.page.locator("details[data-testid=settings-rare]:visible").all():
            rare.locator("summary").click()
        expect(tab.get(f"sheet-{name}")).to_be_visible()

    return view


def message_is_edited(tab: ChatPage) -> None:
    answered(tab)
    tab.question.hover()
    tab.get("edit").click()
    expect(tab.get("editor")).to_be_visible()


def item_menu(tab: ChatPage) -> None:
    tab.open()
    conversation_id = tab.create(title=TITLE)
    tab.item(conversation_id).hover()
    tab.item(conversation_id).get_by_test_id("conversation-menu").click()
    expect(tab.get("menu-rename")).to_be_visible()


def conversation_is_deleted(tab: ChatPage) -> None:
    tab.open()
    conversation_id = tab.create(title=TITLE)
    tab.choose(conversation_id, "remove")
    expect(tab.get("toast")).to_be_visible()


def archive(tab: ChatPage) -> None:
    tab.open()
    conversation_id = tab.create(title=TITLE)
    tab.choose(conversation_id, "archive")
    tab.get("archived").click()
    expect(tab.item(conversation_id)).to_be_visible()


def searched(words: str, shows: str) -> Callable[[ChatPage], None]:
    def view(tab: ChatPage) -> None:
        tab.open()
        tab.create(title=TITLE)
        tab.get("search").press_sequentially(words)
        expect(tab.get(shows).first).to_be_visible()

    return view


def unknown_conversation(tab: ChatPage) -> None:
    tab.open("/c/0198c0de-0000-7000-8000-000000000000")
    expect(tab.get("toast")).to_be_visible()


def refused_import(tab: ChatPage) -> None:
    tab.open()
    tab.get("import-file").set_input_files({"name": "α.json", "mimeType": "application/json", "buffer": b"[{]"})
    expect(tab.get("toast").filter(has_text="⟧ ⟦")).to_be_visible()


def wrong_code(tab: ChatPage) -> None:
    tab.open()
    tab.get("more").click()
    tab.get("menu-join").click()
    expect(tab.get("join-leave")).to_be_hidden()
    tab.get("join-code").fill("0000-0000")
    tab.get("join-use").click()
    expect(tab.get("join-problem")).not_to_be_empty()


def sign_in_page(tab: ChatPage) -> None:
    tab.page.context.clear_cookies()
    tab.page.goto(tab.url)
    tab.get("password").fill("wrong")
    tab.get("sign-in").click()
    expect(tab.get("problem")).not_to_be_empty()


def sign_in_by_code(tab: ChatPage) -> None:
    tab.page.context.clear_cookies()
    tab.page.goto(tab.url)
    tab.get("other-way").click()
    expect(tab.get("code")).to_be_focused()


def error_page(tab: ChatPage) -> None:
    tab.page.goto(f"{tab.url}/nowhere")
    expect(tab.page.locator("h1")).to_be_visible()


def without_connection(tab: ChatPage) -> None:
    gate = Gate(int(tab.url.rpartition(":")[2]))
    ChatPage(tab.page, f"http://127.0.0.1:{gate.port}").open()
    gate.cut()
    expect(tab.page.locator("[data-part=notice]")).not_to_be_empty()
    gate.close()


def another_language(tab: ChatPage) -> None:
    settings_sheet("browser")(tab)
    tab.get("language-ko").check(force=True)
    expect(tab.get("language-use")).to_be_visible()


#: Every view of the product: a new one is one line here.
VIEWS: dict[str, Callable[[ChatPage], None]] = {
    "the empty page": lambda tab: expect(tab.open().get("welcome")).to_be_visible(),
    "an answer that is whole": answered,
    "an answer that failed": answer_fails,
    "an answer that the provider refused": answer_is_refused,
    "an answer that was stopped": answer_is_stopped,
    "an answer that runs": answer_runs,
    "an answer that is thought of": answer_is_thought_of,
    "what is known of an answer": opens("details", shows="details-sheet"),
    "regenerating otherwise": opens("regenerate-with", shows="menu-model"),
    "a question that is edited": message_is_edited,
    "the menu of a conversation": item_menu,
    "a deleted conversation": conversation_is_deleted,
    "the archive": archive,
    "a search that finds": searched(TITLE, "result"),
    "a search that finds nothing": searched("ψψψψ", "found-note"),
    "the menu of the page": opens("more", shows="menu-connect"),
    "the dialog of a code": opens("more", then="menu-connect", shows="code-left"),
    "the dialog to enter a code": opens("more", then="menu-join", shows="join-code"),
    "a wrong code": wrong_code,
    "the shortcuts": opens("more", then="menu-shortcuts", shows="shortcut"),
    **{f"the settings: {name}": settings_sheet(name) for name in ("conversation", "presets", "defaults", "browser")},
    "another language that is chosen": another_language,
    "an unknown conversation": unknown_conversation,
    "a file that cannot be imported": refused_import,
    "signing in": sign_in_page,
    "signing in by a code": sign_in_by_code,
    "a page that does not exist": error_page,
    "a lost connection": without_connection,
}


@pytest.mark.parametrize("view", VIEWS)
def test_every_text_comes_from_the_catalogue(view: str, marked: ChatPage, watch: Watch) -> None:
    watch.expect("401", "404", "400", "ERR_", "WebSocket")
    VIEWS[view](marked)
    assert unmarked(marked.page) == []


def test_what_is_not_translated_is_found(marked: ChatPage) -> None:
    marked.open()
    marked.page.evaluate("() => document.querySelector('h1').append('left out')")
    marked.page.evaluate("() => document.querySelector('textarea').setAttribute('placeholder', 'left out, too')")
    assert [one.partition(": ")[2] for one in unmarked(marked.page)] == ["left out", "left out, too"]


def test_a_refusal_is_told_in_the_language_of_the_page(korean: ChatPage, watch: Watch) -> None:
    watch.expect("404")
    korean.open("/c/0198c0de-0000-7000-8000-000000000000")
    expect(korean.page.locator("html")).to_have_attribute("lang", "ko")
    assert korean.page.evaluate(ASKED)["detail"] == "없는 대화입니다."
    said = korean.page.evaluate(REFUSED, korean.url)
    assert said == {"ok": False, "error": {"code": "not_found", "message": "없는 대화입니다."}}


def test_a_server_that_is_away_is_told_of_in_the_language_of_the_page(korean: ChatPage, watch: Watch) -> None:
    watch.expect("ERR_FAILED")
    one = korean.open().create(title="이름")
    korean.page.route("**/api/conversations/*", lambda route: route.abort())
    korean.choose(one, "pin")
    expect(korean.get("toast")).to_contain_text("서버에 연결할 수 없습니다")


def test_a_language_chosen_by_hand_goes_before_the_browsers(korean: ChatPage, watch: Watch) -> None:
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
    expect(korean.page.locator("main a")).to_have_text("처음으로")


def test_korean_words_stay_whole_and_code_and_addresses_do_not_widen_the_page(korean: ChatPage) -> None:
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
