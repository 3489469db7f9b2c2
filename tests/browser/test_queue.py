"""Questions that wait: rows over the message box, the same in every tab."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from browser.chat_page import ChatPage, script
from browser.scrolling import wait_for_layout

pytestmark = pytest.mark.browser

LONG = script(tokens=600, rate=10)
SOON = script(tokens=60, rate=10)
FAST = script(tokens=3)
SCROLLS = "(it) => it.scrollHeight > it.clientHeight + 50"
SMALLEST = "all => Math.min(...all.map(one => Math.min(one.offsetWidth, one.offsetHeight)))"


def begin(tab: ChatPage, model: str = LONG) -> None:
    """Open a conversation whose answer is being written."""
    tab.open_new(model=model)
    tab.ask("first")
    tab.wait_for_text()


def use(tab: ChatPage, model: str) -> None:
    """Let another model answer what is asked from now on."""
    path = f"{tab.url}/api/conversations/{tab.page.url.rpartition('/c/')[2]}"
    assert tab.page.request.patch(path, data={"model": model}, headers={"Origin": tab.url}).ok
    expect(tab.get("model")).to_have_accessible_name(f"Model: {model}")


def rows(tab: ChatPage) -> Locator:
    """The texts of the rows."""
    return tab.page.locator(".queue__text")


def queue(tab: ChatPage, *questions: str) -> None:
    for question in questions:
        tab.ask(question)
        expect(rows(tab).last).to_have_text(question)
    expect(tab.page.locator("[data-testid=queued][data-stage=waiting]")).to_have_count(len(questions))


def begin_in_both(tab: ChatPage, second_tab: ChatPage, *questions: str) -> None:
    """Queue questions in a new conversation, and open it in a second tab."""
    begin(tab)
    queue(tab, *questions)
    second_tab.open(tab.page.url.removeprefix(tab.url))


def questions(tab: ChatPage) -> list[str]:
    return [one["content"] for one in tab.saved() if one["role"] == "user"]


def focused(tab: ChatPage) -> list[str | None]:
    """Return the test id of the control that has the focus, and the text of its row."""
    found: list[str | None] = tab.page.evaluate(
        """() => [document.activeElement.dataset.testid,
          document.activeElement.closest("[data-key]")?.querySelector(".queue__text")?.textContent ?? null]"""
    )
    return found


def test_enter_queues_while_an_answer_is_written_and_each_goes_out_in_turn(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open_new(model=SOON)
    second_tab.open(tab.page.url.removeprefix(tab.url))
    tab.ask("first")
    tab.wait_for_text()
    use(tab, FAST)
    queue(tab, "그럼 워커는 뭐야?", "둘을 비교해 줘")
    expect(tab.get("composer")).to_have_value("")
    expect(tab.get("composer")).to_be_focused()
    expect(tab.get("announcer")).to_have_text("Queued. 2 questions are waiting.")
    expect(rows(second_tab)).to_have_text(["그럼 워커는 뭐야?", "둘을 비교해 줘"])
    for one in (tab, second_tab):
        expect(one.get("message")).to_have_count(6, timeout=60_000)
        expect(rows(one)).to_have_count(0)
        expect(one.get("queue")).to_be_hidden()
        one.wait_for_end()
    assert questions(tab) == ["first", "그럼 워커는 뭐야?", "둘을 비교해 줘"]


def test_with_text_in_the_box_one_can_send_and_stop(tab: ChatPage) -> None:
    begin(tab)
    expect(tab.get("send")).to_have_count(0)
    tab.get("composer").fill("typed")
    expect(tab.get("keys")).to_have_text("Will be sent after this answer")
    for name in ("stop", "send"):
        expect(tab.get(name)).to_have_count(1)
    tab.get("send").focus()
    tab.get("send").press("Enter")
    expect(rows(tab)).to_have_text(["typed"])
    tab.get("composer").fill("kept")
    tab.get("stop").focus()
    tab.get("stop").press("Enter")
    tab.wait_for_end("stopped")
    expect(tab.get("send")).to_be_focused()
    expect(tab.get("composer")).to_have_value("kept")


def test_a_queue_survives_a_reload_and_is_held_after_a_stop(tab: ChatPage) -> None:
    begin(tab)
    queue(tab, "second")
    tab.page.reload()
    expect(rows(tab)).to_have_text(["second"])
    tab.get("stop").click()
    tab.wait_for_end("stopped")
    expect(tab.get("queued")).to_have_attribute("data-stage", "held")
    expect(tab.page.locator("#queue-title")).to_contain_text("On hold")
    expect(tab.get("message")).to_have_count(2)
    expect(tab.get("queue-send")).to_have_attribute("aria-label", "Send now")
    tab.get("queue-send").click()
    expect(tab.get("message")).to_have_count(4)
    expect(rows(tab)).to_have_count(0)


def test_stop_and_send_now(tab: ChatPage, second_tab: ChatPage) -> None:
    begin_in_both(tab, second_tab, "second", "third")
    second_tab.get("queue-send").nth(1).click()
    expect(tab.question.get_by_test_id("body")).to_have_text("third")
    expect(tab.page.locator("[data-testid=message][data-status=stopped]")).to_have_count(1)
    for one in (tab, second_tab):
        expect(rows(one)).to_have_text(["second"])


def test_rows_are_reordered_by_keyboard_and_keep_the_focus(tab: ChatPage, second_tab: ChatPage) -> None:
    begin_in_both(tab, second_tab, "A", "B", "C")
    tab.get("composer").press("Shift+Tab")
    assert focused(tab) == ["queue-take-back", "C"]
    for _ in range(2):
        tab.page.keyboard.press("Shift+Tab")
    assert focused(tab) == ["queue-up", "C"]
    tab.page.keyboard.press("Enter")
    expect(rows(tab)).to_have_text(["A", "C", "B"])
    expect(tab.get("announcer")).to_have_text("Moved to place 2.")
    assert focused(tab) == ["queue-up", "C"]
    tab.page.keyboard.press("Enter")
    for one in (tab, second_tab):
        expect(rows(one)).to_have_text(["C", "A", "B"])
    assert focused(tab) == ["queue-up", "C"]
    expect(tab.get("queue-up").first).to_have_attribute("aria-disabled", "true")
    tab.get("queue-down").first.press("Enter")
    for one in (tab, second_tab):
        expect(rows(one)).to_have_text(["A", "C", "B"])


def test_a_question_that_is_taken_back_is_in_the_box(tab: ChatPage, second_tab: ChatPage) -> None:
    begin_in_both(tab, second_tab, "second", "third")
    tab.get("composer").fill("typing")
    tab.get("queue-take-back").first.click()
    expect(tab.get("composer")).to_have_value("second\ntyping")
    expect(tab.get("composer")).to_be_focused()
    for one in (tab, second_tab):
        expect(rows(one)).to_have_text(["third"])


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (320, 640)])
def test_an_edit_or_a_paste_leaves_the_end_of_the_answer_in_sight(tab: ChatPage, width: int, height: int) -> None:
    tab.page.set_viewport_size({"width": width, "height": height})
    begin(tab, script(tokens=8000, rate=120))
    thread = tab.get("thread")
    tab.page.wait_for_function(SCROLLS, arg=thread.element_handle())
    queue(tab, "What happens to an answer if its worker is lost? " * 4, "second")
    for end in ("Escape", "Enter"):
        tab.get("queue-edit").first.click()
        expect(tab.get("queue-editor")).to_be_focused()
        wait_for_layout(tab)
        expect(thread).to_have_attribute("data-following", "")
        tab.get("queue-editor").press(end)
        expect(tab.get("queue-editor")).to_have_count(0)
        wait_for_layout(tab)
        expect(thread).to_have_attribute("data-following", "")
    tab.get("composer").fill("five\nlines\nat\nonce\n!")
    wait_for_layout(tab)
    expect(thread).to_have_attribute("data-following", "")
    expect(tab.get("latest")).to_have_count(0)


def test_of_two_tabs_that_edit_the_later_is_told(tab: ChatPage, second_tab: ChatPage) -> None:
    begin_in_both(tab, second_tab, "second")
    for one in (tab, second_tab):
        one.get("queue-edit").click()
        expect(one.get("queue-editor")).to_be_focused()
    tab.get("queue-editor").fill("from the first tab")
    tab.get("queue-editor").press("Enter")
    expect(rows(tab)).to_have_text(["from the first tab"])
    assert focused(tab) == ["queue-edit", "from the first tab"]
    second_tab.get("queue-editor").fill("from the second tab")
    second_tab.get("queue-editor-save").click()
    expect(second_tab.get("queue-editor-hint")).to_contain_text("Another tab has changed")
    expect(second_tab.get("queue-editor")).to_have_value("from the second tab")
    second_tab.get("queue-editor-save").click()
    for one in (tab, second_tab):
        expect(rows(one)).to_have_text(["from the second tab"])


def test_an_edit_that_comes_too_late_is_kept_in_the_box(tab: ChatPage, second_tab: ChatPage) -> None:
    begin_in_both(tab, second_tab, "second")
    tab.get("queue-edit").click()
    tab.get("queue-editor").fill("second, but better")
    second_tab.get("queue-send").click()
    expect(tab.question.get_by_test_id("body")).to_have_text("second")
    expect(tab.get("composer")).to_have_value("second, but better")
    expect(tab.get("queue")).to_be_hidden()


def test_on_a_phone_with_motion_a_queue_is_worked_off(new_context: Callable[..., BrowserContext], url: str) -> None:
    phone = new_context(
        viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True, reduced_motion="no-preference"
    )
    tab = ChatPage(phone.new_page(), url).open_new(model=LONG)
    for question in ("first", "second", "third"):
        tab.get("composer").fill(question)
        tab.get("send").tap()
        expect(tab.get("composer")).to_have_value("")
        tab.wait_for_text()
        use(tab, FAST)
    expect(rows(tab)).to_have_text(["second", "third"])
    tab.get("composer").fill("not sent")
    assert tab.page.locator(".queue__deed, .composer__button").evaluate_all(SMALLEST) >= 44
    assert not tab.scrolls_sideways()
    tab.get("queue-send").first.tap()
    expect(tab.get("message")).to_have_count(6)
    tab.wait_for_end()
    expect(tab.get("queue")).to_be_hidden()
    assert questions(tab) == ["first", "second", "third"]
    expect(tab.get("composer")).to_have_value("not sent")
