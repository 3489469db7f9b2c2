"""The actions and figures under a message, and the details of an answer."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from browser.chat_page import ChatPage, script, unique

pytestmark = pytest.mark.browser

BOX = "(it) => { const { x, y, width, height } = it.getBoundingClientRect(); return [x, y, width, height] }"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def phone(new_context: Callable[..., BrowserContext], url: str) -> ChatPage:
    return ChatPage(new_context(**PHONE).new_page(), url)


def clipboard(page: Page) -> str:
    return page.evaluate("() => navigator.clipboard.readText()")


def start_long_answer(tab: ChatPage, **keys: object) -> None:
    """Ask for a long answer; return while it runs."""
    tab.open_new(model=script(**{"tokens": 400, "rate": 40, **keys}))
    tab.ask(unique())
    tab.wait_for_text()


def detail(tab: ChatPage, name: str) -> Locator:
    return tab.page.locator(f"[data-testid=detail][data-name={name}] dd")


def test_questions_and_answers_are_copied_as_they_were_written(
    new_context: Callable[..., BrowserContext], url: str
) -> None:
    context = new_context(permissions=["clipboard-read", "clipboard-write"])
    tab = ChatPage(context.new_page(), url)
    tab.open_new(model=script(tokens=5))
    question = unique("**굵게** 그리고 `code`")
    tab.ask(question)
    tab.wait_for_end()
    tab.question.get_by_test_id("copy").click()
    expect(tab.question.get_by_test_id("copy")).to_have_attribute("title", "Copied")
    assert clipboard(tab.page) == question
    tab.answer.get_by_test_id("copy").click()
    expect(tab.answer.get_by_test_id("copy")).to_have_attribute("title", "Copied")
    assert clipboard(tab.page) == tab.saved()[-1]["content"]


def test_another_model_to_regenerate_with_is_chosen_by_keyboard(tab: ChatPage) -> None:
    model = script(tokens=4)
    tab.open_new(model=model)
    tab.ask(unique())
    tab.wait_for_end()
    opener = tab.answer.get_by_test_id("regenerate-with")
    opener.focus()
    tab.page.keyboard.press("Enter")
    answered = tab.page.get_by_role("menuitemradio", checked=True)
    expect(answered).to_have_text(model)
    expect(answered).to_be_focused()
    tab.page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.press("Enter")
    tab.page.keyboard.press("ArrowDown")
    other = tab.page.evaluate("() => document.activeElement.textContent.trim()")
    assert other != model
    tab.page.keyboard.press("Enter")
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    tab.wait_for_end()
    assert tab.saved()[-1]["model"] == other
    conversation = tab.page.request.get(f"{tab.url}/api/conversations/{tab.page.url.rpartition('/')[2]}").json()
    assert conversation["conversation"]["model"] == model, "the choice was for this answer only"


def test_typing_letters_focuses_a_model_in_the_menu(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3))
    tab.ask(unique())
    tab.wait_for_end()
    tab.answer.get_by_test_id("regenerate-with").click()
    tab.page.keyboard.type("demo-t")
    assert tab.page.evaluate("() => document.activeElement.textContent.trim()") == "demo-thinking"


def test_the_copy_button_does_not_move_when_the_answer_ends(tab: ChatPage) -> None:
    start_long_answer(tab, tokens=60, rate=30)
    copy, row = tab.answer.get_by_test_id("copy"), tab.answer.locator(".under")
    expect(tab.answer.get_by_test_id("regenerate")).to_be_hidden()
    before, height = copy.evaluate(BOX), row.evaluate(BOX)[3]
    assert before[0] + before[2] >= row.evaluate(BOX)[0] + row.evaluate(BOX)[2], (
        "the button is alone, at the end of the row"
    )
    tab.wait_for_end()
    expect(tab.answer.get_by_test_id("regenerate")).to_be_visible()
    after = copy.evaluate(BOX)
    assert [before[0], before[2]] == [after[0], after[2]]
    assert row.evaluate(BOX)[3] == height


def test_details_show_the_data_of_an_answer_and_return_the_focus(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=8))
    tab.ask(unique())
    tab.wait_for_end()
    saved = tab.saved()[-1]
    opener = tab.answer.get_by_test_id("details")
    opener.focus()
    tab.page.keyboard.press("Enter")
    expect(tab.get("details-sheet")).to_be_visible()
    expect(detail(tab, "model")).to_have_text(saved["model"])
    expect(detail(tab, "detailOrigin")).to_have_text("Newly generated")
    expect(detail(tab, "detailFinish")).to_have_text("Answer complete")
    expect(detail(tab, "detailTokensOut")).to_have_text(str(saved["usage"]["completion_tokens"]))
    expect(detail(tab, "detailFirst")).to_have_text(f"{saved['timings']['first_token_ms']} ms")
    for name in ("detailQueued", "detailTotal", "detailCreated", "detailTokensIn"):
        expect(detail(tab, name)).not_to_be_empty()
    tab.page.keyboard.press("Escape")
    expect(tab.get("details-sheet")).to_be_hidden()
    expect(opener).to_be_focused()


def test_details_of_a_cached_answer_show_when_it_was_generated(tab: ChatPage) -> None:
    model, question = script(tokens=6), unique()
    for _ in range(2):
        tab.open_new(model=model)
        tab.ask(question)
        tab.wait_for_end()
    tab.answer.get_by_test_id("details").click()
    expect(detail(tab, "detailOrigin")).to_contain_text("Saved answer · generated just now")


def test_escape_closes_the_details_before_it_stops_the_answer(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3))
    tab.ask(unique())
    tab.wait_for_end()
    model = script(tokens=400, rate=10)
    tab.page.request.patch(
        f"{tab.url}/api/conversations/{tab.page.url.rpartition('/')[2]}",
        data={"model": model},
        headers={"Origin": tab.url},
    )
    expect(tab.get("model")).to_have_attribute("data-model", model)
    tab.ask(unique())
    expect(tab.get("message")).to_have_count(4)
    tab.page.locator("[data-testid=message][data-role=assistant]").first.get_by_test_id("details").click()
    tab.page.keyboard.press("Escape")
    expect(tab.get("details-sheet")).to_be_hidden()
    expect(tab.answer).to_have_attribute("data-status", "running")
    tab.page.keyboard.press("Escape")
    tab.wait_for_end("stopped")


def test_an_empty_answer_says_so_and_offers_regenerate(korean: ChatPage) -> None:
    korean.open_new(model=script(fault="empty"))
    korean.ask(unique())
    korean.wait_for_end("failed")
    error = korean.get("error")
    expect(error).to_have_attribute("data-code", "empty_answer")
    expect(error.locator("strong")).to_have_text("모델이 아무것도 쓰지 않았습니다.")
    expect(error.locator("button").first).to_have_attribute("data-testid", "regenerate")
    expect(korean.answer.get_by_test_id("copy")).to_have_count(0)
    expect(korean.get("said-nothing")).to_have_count(0)


def test_an_answer_stopped_before_its_first_word_offers_regenerate_not_continue(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=10, first=60))
    tab.ask(unique())
    expect(tab.get("stage")).to_be_visible()
    tab.get("stop").click()
    tab.wait_for_end("stopped")
    expect(tab.get("figures")).to_contain_text("Stopped")
    expect(tab.answer.get_by_test_id("regenerate")).to_be_visible()
    expect(tab.answer.get_by_test_id("continue")).to_have_count(0)
    expect(tab.get("said-nothing")).to_have_count(0)


def test_an_answer_that_reached_the_token_limit_says_so_and_can_be_continued(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=50, rate=500, resume=1), options={"max_tokens": 5})
    tab.ask(unique())
    tab.wait_for_end()
    expect(tab.get("remarks")).to_have_text("The answer was cut off at the token limit. It can be continued.")
    assert tab.text.split() == ["1", "2", "3", "4", "5"]
    tab.answer.get_by_test_id("continue").click()
    expect(tab.body).to_contain_text("5 6 7 8 9 10")
    tab.wait_for_end()
    expect(tab.get("remarks").locator("li")).to_have_count(1)


def test_on_a_phone_actions_are_named_icons_and_details_are_a_bottom_sheet(phone: ChatPage) -> None:
    phone.open_new(model=script(tokens=20, rate=200))
    phone.get("composer").fill(unique())
    phone.get("send").tap()
    phone.wait_for_end()
    again = phone.page.get_by_role("button", name="Regenerate", exact=True)
    assert again.evaluate("(it) => it.getBoundingClientRect().width") < 60
    for name in ("copy", "regenerate", "details"):
        button = phone.answer.get_by_test_id(name)
        assert min(button.evaluate(BOX)[2:]) >= 44
    assert min(phone.question.get_by_test_id("copy").evaluate(BOX)[2:]) >= 44
    _, top, _, height = phone.question.get_by_test_id("body").evaluate(BOX)
    assert phone.body.evaluate(BOX)[1] - (top + height) <= 44, "the actions of a question take little room"
    phone.answer.get_by_test_id("details").tap()
    _, y, width, height = phone.get("details-sheet").evaluate(BOX)
    assert (width, y + height) == (390, 844)
    assert not phone.scrolls_sideways()


def test_no_action_is_cut_off_in_the_narrowest_window(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 320, "height": 640})
    tab.open_new(model=script(tokens=5))
    tab.ask(unique())
    tab.wait_for_end()
    tab.answer.get_by_test_id("regenerate").click()
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    tab.wait_for_end()
    for name in ("branch-prev", "branch-next", "copy", "regenerate", "regenerate-with", "details"):
        x, _, width, _ = tab.answer.get_by_test_id(name).evaluate(BOX)
        assert x >= 0
        assert x + width <= 320
    assert not tab.scrolls_sideways()


def test_an_untranslated_error_detail_is_behind_a_disclosure(korean: ChatPage) -> None:
    korean.open_new(model=script(status=401))
    korean.ask(unique())
    korean.wait_for_end("failed")
    error = korean.get("error")
    expect(error.locator("strong")).to_contain_text("API 키를 받아들이지 않았습니다")
    words = error.get_by_test_id("error-detail")
    expect(words.locator("p")).to_be_hidden()
    words.locator("summary").click()
    expect(words.locator("p")).to_be_visible()
    expect(words.locator("p")).to_have_attribute("lang", "en")
