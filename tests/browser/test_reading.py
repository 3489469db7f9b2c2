"""Scrolling never fights the reader; screens of every size, dark and light."""

import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, WebSocketRoute, expect

from browser.chat_page import ChatPage, script, unique
from browser.longs import imported, long_conversation

pytestmark = pytest.mark.browser

REST = "(it) => it.scrollHeight - it.scrollTop - it.clientHeight"
TOP = "(it) => it.getBoundingClientRect().top"
UNANCHORED = "(it) => it.style.setProperty('overflow-anchor', 'none')"
UNABLE = "CSS.supports = () => false"
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
COUNT_WRITES = """() => {
  const { set, get } = Object.getOwnPropertyDescriptor(Element.prototype, "scrollTop")
  const thread = document.querySelector("[data-testid=thread]")
  let frame = 0
  const next = () => { frame += 1; requestAnimationFrame(next) }
  requestAnimationFrame(next)
  globalThis.writes = []
  Object.defineProperty(thread, "scrollTop", {
    get() { return get.call(this) },
    set(top) { globalThis.writes.push(frame); set.call(this, top) },
  })
}"""


def settled(tab: ChatPage) -> None:
    """Wait until what was changed is laid out, corrected and painted."""
    tab.page.evaluate(FRAMES)


def drawn(tab: ChatPage) -> None:
    """Wait until no message waits to be drawn or rendered, and nothing moves any more."""
    expect(tab.get("message").first).to_be_attached()
    expect(tab.page.locator("[data-waiting]")).to_have_count(0)
    expect(tab.page.locator("[aria-busy=true]")).to_have_count(0)
    settled(tab)


def reading(tab: ChatPage, n: int) -> Locator:
    """Scroll by hand until the last paragraph of an answer stands near the top; return it."""
    place = tab.page.get_by_text(f"답변 {n}의 마지막 문단입니다.")
    thread = tab.get("thread")
    drawn(tab)
    thread.hover()
    for _ in range(60):
        distance = place.evaluate(TOP) - thread.evaluate(TOP) - 4
        if abs(distance) < 2:
            break
        tab.page.mouse.wheel(0, max(-900, min(900, distance)))
        settled(tab)
    expect(place).to_be_in_viewport()
    expect(tab.get("latest")).to_be_visible()
    return place


def offset(tab: ChatPage, place: Locator) -> float:
    """Return how far below the thread's upper edge something begins."""
    return place.evaluate(TOP) - tab.get("thread").evaluate(TOP)


def opened(tab: ChatPage, turns: int = 8, **content: str) -> ChatPage:
    """Open a conversation that is longer than the window."""
    tab.page.set_viewport_size({"width": 900, "height": 600})
    return tab.open(f"/c/{long_conversation(tab, turns, **content)}")


def test_a_reader_who_scrolled_up_is_left_there_and_told_what_came(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 800, "height": 500})
    tab.open_new(model=script(text="x\n\n" * 23, rate=4))
    tab.ask(unique())
    thread = tab.get("thread")
    expect(tab.body.locator("p").nth(10)).to_be_attached()
    settled(tab)
    assert thread.evaluate(REST) < 60
    thread.hover()
    tab.page.mouse.wheel(0, -100)
    latest = tab.get("latest")
    expect(latest).to_be_visible()
    settled(tab)
    place = thread.evaluate("(it) => it.scrollTop")
    expect(latest).not_to_have_attribute("data-count", "0")
    tab.wait_for_end()
    assert thread.evaluate("(it) => it.scrollTop") == place
    latest.click()
    expect(latest).to_have_count(0)
    expect(thread).to_be_visible()
    settled(tab)
    assert thread.evaluate(REST) < 2


@pytest.mark.parametrize("anchoring", ["the browser's", "ours"])
@pytest.mark.parametrize("change", ["a fold", "the window", "the text size", "a later picture", "the composer"])
def test_what_is_read_stays_where_it_is_whatever_changes_around_it(tab: ChatPage, change: str, anchoring: str) -> None:
    if anchoring == "ours":
        tab.page.add_init_script(UNABLE)
    opened(tab, reasoning="생각 " * 300)
    if anchoring == "ours":
        tab.get("thread").evaluate(UNANCHORED)
    place = reading(tab, 5)
    before = offset(tab, place)
    if change == "a fold":
        tab.page.locator("details.reasoning").nth(5).evaluate("(it) => { it.open = true }")
    elif change == "the window":
        tab.page.set_viewport_size({"width": 560, "height": 600})
    elif change == "the text size":
        tab.page.locator("html").evaluate("(it) => it.style.setProperty('font-size', '125%')")
    elif change == "a later picture":
        tab.page.locator(".body h2").nth(4).evaluate("(it) => it.style.setProperty('height', '400px')")
    else:
        tab.get("composer").fill("\n" * 8)
    settled(tab)
    assert offset(tab, place) == pytest.approx(before, abs=1.5)


@pytest.mark.parametrize("height", [400, 600])
def test_the_end_stays_in_sight_while_the_window_and_the_composer_change(tab: ChatPage, height: int) -> None:
    opened(tab)
    drawn(tab)
    thread = tab.get("thread")
    assert thread.evaluate(REST) < 1
    tab.page.set_viewport_size({"width": 500, "height": height})
    tab.get("composer").fill("\n" * 6)
    settled(tab)
    assert thread.evaluate(REST) < 1
    expect(tab.get("latest")).to_have_count(0)


def test_a_slow_hand_leaves_the_end_while_words_stream_in(new_context: Callable[..., BrowserContext], url: str) -> None:
    context = new_context(viewport={"width": 800, "height": 500}, reduced_motion="no-preference")
    tab = ChatPage(context.new_page(), url)
    tab.open_new(model=script(tokens=900, rate=100))
    tab.ask(unique())
    thread = tab.get("thread")
    tab.page.wait_for_function(
        "() => { const it = document.querySelector('[data-testid=thread]'); return it.scrollTop > 60 }"
    )
    thread.hover()
    latest = tab.get("latest")
    for _ in range(3):
        tab.page.mouse.wheel(0, -6)
    expect(latest).to_be_visible()
    settled(tab)
    line = tab.body.locator("p").first
    before = line.evaluate(TOP)
    tab.wait_for_end()
    assert line.evaluate(TOP) == before
    tab.page.mouse.wheel(0, 100_000)
    expect(latest).to_have_count(0)


def test_following_writes_the_scroll_position_once_a_frame_at_most(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 800, "height": 500})
    tab.open_new(model=script(tokens=900, rate=300))
    tab.ask(unique())
    tab.wait_for_text()
    tab.page.evaluate(COUNT_WRITES)
    tab.wait_for_end()
    settled(tab)
    assert tab.get("thread").evaluate(REST) < 1
    writes = tab.page.evaluate("() => globalThis.writes")
    assert len(writes) > 5
    assert len(writes) - len(set(writes)) <= 2  # Facts that begin and end an answer draw at once.


def test_a_finger_on_the_text_holds_it(new_context: Callable[..., BrowserContext], url: str) -> None:
    context = new_context(viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    tab = ChatPage(context.new_page(), url)
    tab.open_new(model=script(tokens=700, rate=100))
    tab.get("composer").fill(unique())
    tab.get("send").tap()
    thread = tab.get("thread")
    tab.page.wait_for_function("() => document.querySelector('[data-testid=thread]').scrollTop > 30")
    hand = context.new_cdp_session(tab.page)
    hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 200, "y": 400}]})
    settled(tab)
    held = thread.evaluate("(it) => it.scrollTop")
    long = "() => document.querySelector('[data-testid=thread]').scrollHeight > {} + 900"
    tab.page.wait_for_function(long.format(int(held)))
    assert thread.evaluate("(it) => it.scrollTop") == held
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    tab.wait_for_end()
    settled(tab)
    assert thread.evaluate(REST) < 1


def test_the_latest_is_reached_by_keyboard_and_the_focus_stays_in_the_thread(tab: ChatPage) -> None:
    opened(tab)
    reading(tab, 2)
    tab.get("composer").focus()
    tab.page.keyboard.press("Shift+Tab")
    expect(tab.get("latest")).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(tab.get("latest")).to_have_count(0)
    thread = tab.get("thread")
    expect(thread).to_be_focused()
    settled(tab)
    assert thread.evaluate(REST) < 1
    tab.page.keyboard.press("Home")
    expect(tab.get("latest")).to_be_visible()
    tab.page.keyboard.press("End")
    expect(tab.get("latest")).to_have_count(0)
    settled(tab)
    assert thread.evaluate(REST) < 1


def test_a_change_of_branch_leaves_what_both_share_where_it_is(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 900, "height": 600})
    tab.open(f"/c/{forked(tab)}")
    drawn(tab)
    fork = tab.page.get_by_test_id("branch-prev")
    fork.evaluate("(it) => it.closest('article').scrollIntoView({ block: 'center' })")
    settled(tab)
    shared = tab.page.get_by_text("함께 하는 답변")
    before = shared.evaluate(TOP)
    fork.focus()
    tab.page.keyboard.press("Enter")
    expect(tab.get("branch-count")).to_have_text("1 / 2")
    expect(tab.page.get_by_text("첫째 갈래의 끝")).to_be_attached()
    settled(tab)
    assert shared.evaluate(TOP) == pytest.approx(before, abs=1.5)
    expect(tab.get("branch-next")).to_be_focused()


def test_the_place_is_kept_when_one_comes_back_and_after_a_reload(tab: ChatPage) -> None:
    opened(tab, turns=40)
    first = tab.page.url.rpartition("/")[2]
    second = long_conversation(tab, 1)
    place = reading(tab, 28)
    before = place.evaluate(TOP)
    tab.item(second).get_by_role("link").click()
    expect(tab.get("message")).to_have_count(2)
    assert tab.get("thread").evaluate(REST) < 1
    tab.item(first).get_by_role("link").click()
    expect(place).to_be_in_viewport()
    drawn(tab)
    assert place.evaluate(TOP) == pytest.approx(before, abs=1.5)
    tab.page.reload()
    expect(place).to_be_in_viewport()
    drawn(tab)
    assert place.evaluate(TOP) == pytest.approx(before, abs=1.5)
    expect(tab.get("latest")).to_be_visible()


def test_who_was_at_the_end_comes_back_to_the_end(tab: ChatPage) -> None:
    opened(tab)
    first = tab.page.url.rpartition("/")[2]
    second = long_conversation(tab, 6)
    for conversation_id in (second, first):
        tab.item(conversation_id).get_by_role("link").click()
        expect(tab.page).to_have_url(f"{tab.url}/c/{conversation_id}")
        drawn(tab)
        assert tab.get("thread").evaluate(REST) < 1
        expect(tab.get("latest")).to_have_count(0)


def test_a_conversation_that_was_open_is_shown_without_waiting_for_the_server(tab: ChatPage) -> None:
    frozen = threading.Event()
    tab.page.route_web_socket("**/socket.io/**", lambda socket: freezable(socket, frozen))
    opened(tab)
    first = tab.page.url.rpartition("/")[2]
    drawn(tab)
    second = long_conversation(tab, 1)
    tab.item(second).get_by_role("link").click()
    expect(tab.get("message")).to_have_count(2)
    frozen.set()
    tab.item(first).get_by_role("link").click()
    expect(tab.get("message")).to_have_count(16)


def test_a_long_conversation_loads_its_beginning_when_one_scrolls_up(tab: ChatPage) -> None:
    opened(tab, turns=60)
    place = reading(tab, 50)
    before = place.evaluate(TOP)
    tab.page.evaluate("() => document.querySelector('[data-testid=earlier]').click()")
    expect(tab.get("message")).to_have_count(90)
    settled(tab)
    assert place.evaluate(TOP) == pytest.approx(before, abs=1.5)
    tab.get("thread").focus()
    tab.page.keyboard.press("Home")
    expect(tab.get("message")).to_have_count(120)
    expect(tab.get("earlier")).to_have_count(0)
    expect(tab.page.get_by_text("질문 0", exact=True)).to_be_in_viewport()


def table_of(tab: ChatPage, *columns: str) -> Locator:
    """Show an answer that is a table of these columns, each in three rows."""
    rows = [[f"항목 {n}" for n in range(len(columns))], ["---"] * len(columns), *[list(columns)] * 3]
    content = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    question = {"id": "q", "parent_id": None, "role": "user", "content": "표", "created_at": 1.0}
    answer = {"id": "a", "parent_id": "q", "role": "assistant", "content": content, "created_at": 2.0}
    tab.open(f"/c/{imported(tab, [question, answer], leaf='a')}")
    drawn(tab)
    return tab.page.locator(".body .table")


def test_many_columns_have_no_less_room_in_a_wide_window_than_on_a_phone(tab: ChatPage) -> None:
    table = table_of(tab, *["서버와 브라우저가 연결을 열어 두고 서로 메시지를 보냅니다", "12 ms"] * 4)
    widths = table.locator("tr:last-child td").evaluate_all("(all) => all.map((it) => it.clientWidth)")
    tab.page.set_viewport_size({"width": 390, "height": 700})
    settled(tab)
    assert table.locator("tr:last-child td").evaluate_all("(all) => all.map((it) => it.clientWidth)") == widths


def test_a_name_in_code_is_whole_in_a_cell(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 390, "height": 700})
    table = table_of(tab, "`base_url`", "`http://localhost:11434/v1`", "서버의 주소입니다")
    lines = "(all) => all.map((it) => it.getClientRects().length)"
    assert set(table.locator("code").evaluate_all(lines)) == {1}


def test_a_wide_table_scrolls_within_itself_and_keeps_its_words_whole(tab: ChatPage) -> None:
    head = "| " + " | ".join(f"아주 긴 항목 이름 {n}" for n in range(8)) + " |\n"
    row = "| " + " | ".join("대한민국의 수도는 서울입니다" for _ in range(8)) + " |\n"
    tab.page.set_viewport_size({"width": 390, "height": 700})
    tab.open()
    messages = [
        {"id": "q", "parent_id": None, "role": "user", "content": "표", "created_at": 1.0},
        {
            "id": "a",
            "parent_id": "q",
            "role": "assistant",
            "content": head + "|---" * 8 + "|\n" + row,
            "created_at": 2.0,
        },
    ]
    tab.open(f"/c/{imported(tab, messages, leaf='a')}")
    table = tab.page.locator(".body .table")
    expect(table).to_be_visible()
    assert table.evaluate("(it) => it.scrollWidth > it.clientWidth")
    assert not tab.scrolls_sideways()
    height = table.locator("td").first.evaluate("(it) => it.clientHeight / parseFloat(getComputedStyle(it).lineHeight)")
    assert height < 5  # Four words at most one below the other, and never letter by letter.


@pytest.mark.parametrize("width", [390, 1280])
def test_the_caption_of_long_code_stays_at_the_upper_edge(tab: ChatPage, width: int) -> None:
    tab.page.set_viewport_size({"width": width, "height": 700})
    question = {"id": "q", "parent_id": None, "role": "user", "content": "코드", "created_at": 1.0}
    code = "```python\n" + "line = 1\n" * 120 + "```"
    answer = {"id": "a", "parent_id": "q", "role": "assistant", "content": code, "created_at": 2.0}
    tab.open(f"/c/{imported(tab, [question, answer], leaf='a')}")
    drawn(tab)
    tab.get("thread").evaluate("(it) => { it.scrollTop = it.scrollHeight / 2 }")
    settled(tab)
    assert offset(tab, tab.page.locator(".code__caption")) == pytest.approx(0, abs=0.5)


def test_on_paper_the_whole_conversation_stands_alone(tab: ChatPage) -> None:
    opened(tab, turns=6)
    drawn(tab)
    tab.page.emulate_media(media="print")
    expect(tab.get("composer")).not_to_be_visible()
    expect(tab.item(tab.page.url.rpartition("/")[2])).not_to_be_visible()
    thread = tab.get("thread")
    assert thread.evaluate("(it) => it.scrollHeight <= it.clientHeight + 1")
    assert len(tab.page.pdf()) > 10_000


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


def test_on_a_phone_the_picker_takes_no_more_room_than_the_models_name(
    new_context: Callable[..., BrowserContext], url: str
) -> None:
    tab = ChatPage(new_context(viewport={"width": 390, "height": 800}, is_mobile=True).new_page(), url)
    width = "(it) => it.getBoundingClientRect().width"
    tab.open_new(model=script(tokens=5, lang="ko"))
    assert tab.get("model").evaluate(width) == 144
    tab.open_new(model="demo")
    expect(tab.get("model")).to_have_value("demo")
    assert tab.get("model").evaluate(width) < 100


def test_on_a_phone_the_columns_of_a_long_table_are_scrolled_rather_than_crushed(
    new_context: Callable[..., BrowserContext], url: str
) -> None:
    tab = ChatPage(new_context(viewport={"width": 390, "height": 800}, is_mobile=True).new_page(), url)
    for columns in (4, 7, 12):
        rows = ["| 이름 " * columns + "|", "|--" * columns + "|", *["| 값이 여럿 " * columns + "|"] * 90]
        tab.open(f"/c/{long_conversation(tab, 1, answer=chr(10).join(rows))}")
        expect(tab.body.locator("table")).to_have_count(3)
        cells = tab.body.locator("td").evaluate_all("(all) => all.map((one) => one.offsetWidth)")
        assert min(cells) >= 90, columns
        assert not tab.scrolls_sideways()


def test_on_a_phone_a_formula_that_hides_more_has_shaded_edges(
    new_context: Callable[..., BrowserContext], url: str
) -> None:
    tab = ChatPage(new_context(viewport={"width": 390, "height": 800}, is_mobile=True).new_page(), url)
    formula = "$$ " + " + ".join(f"x_{n}" for n in range(30)) + " $$"
    tab.open(f"/c/{long_conversation(tab, 1, answer=formula)}")
    display = tab.body.locator(".math--display")
    expect(display).to_have_attribute("tabindex", "0")
    box = display.bounding_box()
    assert box
    edge = {"x": box["x"] + box["width"] - 6, "y": box["y"] + 1, "width": 4, "height": 4}
    shaded = tab.page.screenshot(clip=edge)
    display.evaluate("(it) => { it.scrollLeft = it.scrollWidth }")
    assert tab.page.screenshot(clip=edge) != shaded
    assert not tab.scrolls_sideways()


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


def forked(tab: ChatPage) -> str:
    """A conversation whose second question was asked twice; the second branch is the active one."""
    filler = "문단입니다. " * 40 + "\n\n"
    texts = {
        "a0": ("q0", "함께 하는 답변"),
        "q1": ("a0", "첫째 갈래"),
        "a1": ("q1", filler * 6 + "첫째 갈래의 끝"),
        "q2": ("a0", "둘째 갈래"),
        "a2": ("q2", filler * 3 + "둘째 갈래의 끝"),
    }
    messages: list[dict[str, object]] = [
        {"id": "q0", "parent_id": None, "role": "user", "content": filler, "created_at": 1.0}
    ]
    for at, (name, (parent, content)) in enumerate(texts.items()):
        role = "assistant" if name.startswith("a") else "user"
        messages.append({"id": name, "parent_id": parent, "role": role, "content": content, "created_at": 2.0 + at})
    return imported(tab, messages, leaf="a2")


def freezable(socket: WebSocketRoute, frozen: threading.Event) -> None:
    """Pass on what the page sends, until the event."""
    server = socket.connect_to_server()
    socket.on_message(lambda message: None if frozen.is_set() else server.send(message))
