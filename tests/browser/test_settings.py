"""Settings in a real Chromium: of a conversation, as defaults and presets, of this browser; and how it looks."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from browser.chat_page import ChatPage, script, unique
from support.processes import Upstream
from support.waiting import eventually

pytestmark = pytest.mark.browser

FAST = script(tokens=2)


@pytest.fixture
def settings(tab: ChatPage) -> Callable[..., ChatPage]:
    """Open a tab and its settings, at a sheet."""

    def open_at(sheet: str = "conversation", **fields: Any) -> ChatPage:
        if fields:
            tab.open_new(model=FAST, **fields)
        else:
            tab.open()
        show(tab, sheet)
        return tab

    return open_at


def show(tab: ChatPage, sheet: str = "conversation") -> None:
    tab.get("settings-button").click()
    tab.get(f"tab-{sheet}").click()


def close(tab: ChatPage) -> None:
    tab.get("dialog-close").locator("visible=true").click()
    expect(tab.get("settings")).to_be_hidden()


def write(tab: ChatPage, name: str, text: str) -> None:
    """Fill a field and leave it."""
    tab.get(f"setting-{name}").fill(text)
    tab.get(f"setting-{name}").blur()


def save_preset(tab: ChatPage, name: str) -> None:
    tab.get("preset-name").fill(name)
    tab.get("preset-save").click()
    expect(preset(tab, name)).to_be_visible()


def preset(tab: ChatPage, name: str) -> Any:
    return tab.get("preset").filter(has_text=name)


def kept(tab: ChatPage) -> dict[str, Any]:
    """Return the open conversation's settings as the server has them."""
    conversation_id = tab.page.url.rpartition("/c/")[2]
    return tab.page.request.get(f"{tab.url}/api/conversations/{conversation_id}").json()["conversation"]


def set_defaults(tab: ChatPage, **fields: Any) -> None:
    tab.open()  # for the session's cookie
    reply = tab.page.request.put(f"{tab.url}/api/settings", data=fields, headers={"Origin": tab.url})
    assert reply.ok


def test_what_is_chosen_before_the_first_message_is_used_for_it(
    settings: Callable[..., ChatPage], upstream: Upstream
) -> None:
    tab = settings()
    write(tab, "system_prompt", "짧게 답하세요.")
    write(tab, "temperature", "0,3")
    expect(tab.get("setting-temperature")).to_have_value("0.3")
    close(tab)
    expect(tab.get("settings-button")).to_have_accessible_name("Settings, System prompt, Temperature 0.3")
    tab.page.reload()
    expect(tab.get("settings-button")).to_contain_text("Temperature 0.3")
    question = unique()
    tab.ask(question)
    tab.wait_for_end()
    call = upstream.calls(question)[0]
    assert call["messages"][0] == {"role": "system", "content": "짧게 답하세요."}
    assert call["options"]["temperature"] == 0.3
    assert kept(tab)["options"] == {"temperature": 0.3}
    tab.get("new-chat").click()
    expect(tab.get("settings-button")).to_have_accessible_name("Settings")


def test_a_change_counts_from_the_next_answer_on_also_for_one_that_is_made_anew(
    settings: Callable[..., ChatPage], upstream: Upstream
) -> None:
    tab = settings(options={"temperature": 0.3, "seed": 7})
    close(tab)
    question = unique()
    tab.ask(question)
    tab.wait_for_end()
    show(tab)
    write(tab, "temperature", "")
    write(tab, "max_tokens", "50")
    close(tab)
    expect(tab.get("settings-button")).to_contain_text("2 changed")
    tab.answer.get_by_test_id("regenerate").click()
    expect(tab.answer.get_by_role("group", name="Branch 2 of 2")).to_be_visible()
    tab.wait_for_end()
    options = upstream.calls(question)[-1]["options"]
    assert "temperature" not in options
    assert (options["max_tokens"], options["seed"]) == (50, 7)


def test_a_wrong_value_says_what_is_right_and_is_not_lost(settings: Callable[..., ChatPage]) -> None:
    tab = settings(options={"temperature": 0.3})
    write(tab, "temperature", "hot")
    expect(tab.get("problem-temperature")).to_have_text("Enter a number from 0 to 2, e.g. 0.7.")
    expect(tab.get("setting-temperature")).to_have_attribute("aria-invalid", "true")
    write(tab, "max_tokens", "9")  # what is right is kept beside it
    tab.get("settings-rare").locator("summary").click()
    write(tab, "others", '{"topk": 1}')
    expect(tab.get("problem-others")).to_contain_text("“topk” is not supported.")
    close(tab)
    tab.get("toast-deed").click()
    expect(tab.get("setting-temperature")).to_have_value("hot")
    expect(tab.get("setting-others")).to_have_value('{"topk": 1}')
    write(tab, "others", '{"top_k": 5}')
    write(tab, "temperature", "1")
    expect(tab.get("problem-temperature")).to_be_empty()
    expect(tab.get("setting-others")).to_have_value(re.compile('"top_k": 5'))
    wanted = {"temperature": 1, "max_tokens": 9, "top_k": 5}
    eventually(lambda: kept(tab)["options"] == wanted, what=lambda: f"{wanted} in {kept(tab)}")


def test_what_was_typed_is_kept_by_closing_the_dialog_in_the_middle_of_it(settings: Callable[..., ChatPage]) -> None:
    tab = settings(title="here")
    tab.get("setting-system_prompt").press_sequentially("말을 짧게")
    with tab.page.expect_response(lambda response: response.request.method == "PATCH"):
        tab.page.keyboard.press("Escape")
    expect(tab.get("settings")).to_be_hidden()
    expect(tab.get("settings-button")).to_be_focused()
    assert kept(tab)["system_prompt"] == "말을 짧게"


def test_what_cannot_be_saved_stays_and_says_so(settings: Callable[..., ChatPage], watch: Any) -> None:
    watch.expect("503")
    tab = settings(title="here")
    tab.page.route("**/api/conversations/*", lambda route: route.fulfill(status=503, body="{}"), times=1)
    write(tab, "max_tokens", "7")
    expect(tab.get("problem-max_tokens")).to_contain_text("This could not be saved.")
    expect(tab.get("setting-max_tokens")).to_have_value("7")
    close(tab)
    show(tab)
    expect(tab.get("setting-max_tokens")).to_have_value("7")
    expect(tab.get("problem-max_tokens")).to_be_empty()
    assert kept(tab)["options"] == {"max_tokens": 7}


def test_a_change_in_another_tab_shows_but_not_under_what_is_being_typed(
    settings: Callable[..., ChatPage], second_tab: ChatPage
) -> None:
    tab = settings(system_prompt="before", options={"temperature": 0.3})
    second_tab.open(f"/c/{tab.page.url.rpartition('/c/')[2]}")
    tab.get("setting-system_prompt").fill("mine")
    show(second_tab)
    write(second_tab, "temperature", "1.5")
    expect(tab.get("setting-temperature")).to_have_value("1.5")
    expect(tab.get("setting-system_prompt")).to_have_value("mine")
    tab.get("setting-system_prompt").blur()
    expect(second_tab.get("setting-system_prompt")).to_have_value("mine")


def test_a_syllable_that_is_being_composed_is_not_disturbed(settings: Callable[..., ChatPage]) -> None:
    tab = settings(title="here")
    box = tab.get("setting-system_prompt")
    box.focus()
    ime = tab.page.context.new_cdp_session(tab.page)
    ime.send("Input.imeSetComposition", {"text": "한", "selectionStart": 1, "selectionEnd": 1})
    tab.page.request.patch(
        f"{tab.url}/api/conversations/{tab.page.url.rpartition('/c/')[2]}",
        data={"options": {"temperature": 1.5}},
        headers={"Origin": tab.url},
    )
    expect(tab.get("setting-temperature")).to_have_value("1.5")
    ime.send("Input.imeSetComposition", {"text": "한글", "selectionStart": 2, "selectionEnd": 2})
    ime.send("Input.insertText", {"text": "한글"})
    expect(box).to_have_value("한글")
    close(tab)
    expect(tab.get("settings-button")).to_contain_text("System prompt")
    assert kept(tab)["system_prompt"] == "한글"


def test_defaults_show_through_empty_fields_of_a_new_conversation_and_stay_out_of_old_ones(
    tab: ChatPage, upstream: Upstream
) -> None:
    set_defaults(tab, model=FAST, system_prompt="be kind", options={"temperature": 0.4})
    tab.page.reload()
    expect(tab.get("model")).to_have_value(FAST)
    show(tab)
    expect(tab.get("setting-system_prompt")).to_have_attribute("placeholder", "be kind")
    expect(tab.get("setting-temperature")).to_have_attribute("placeholder", "Default: 0.4")
    expect(tab.get("setting-max_tokens")).to_have_attribute("placeholder", "Model default")
    tab.get("tab-defaults").click()
    expect(tab.get("setting-system_prompt")).to_have_value("be kind")
    write(tab, "temperature", "0.6")
    close(tab)
    expect(tab.get("settings-button")).to_have_accessible_name("Settings")
    question = unique()
    tab.ask(question)
    tab.wait_for_end()
    assert upstream.calls(question)[0]["options"]["temperature"] == 0.6
    show(tab, "defaults")
    write(tab, "temperature", "")
    close(tab)
    expect(tab.get("settings-button")).to_contain_text("Temperature 0.6")
    assert kept(tab)["options"] == {"temperature": 0.6}


def test_a_preset_is_saved_used_renamed_and_deleted_with_a_way_back(settings: Callable[..., ChatPage]) -> None:
    tab = settings(system_prompt="옮기세요.", options={"temperature": 0.2})
    tab.get("tab-presets").click()
    save_preset(tab, "번역가")
    tab.get("preset-name").fill("번역가")
    tab.get("preset-save").click()
    expect(tab.get("preset-problem")).to_contain_text("already")
    expect(tab.get("preset-name")).to_have_value("번역가")

    tab.get("preset-rename").click()
    tab.get("preset-new-name").fill("Translator")
    tab.get("preset-new-name").press("Enter")
    expect(preset(tab, "Translator")).to_be_visible()
    expect(tab.get("preset-rename")).to_be_focused()

    tab.get("tab-conversation").click()
    write(tab, "system_prompt", "")
    tab.get("preset-choice").select_option(label="Translator")
    expect(tab.get("setting-system_prompt")).to_have_value("옮기세요.")
    tab.get("settings").get_by_test_id("toast-deed").click()
    expect(tab.get("setting-system_prompt")).to_have_value("")
    expect(tab.get("setting-temperature")).to_have_value("0.2")

    tab.get("tab-presets").click()
    tab.get("preset-remove").click()
    expect(tab.get("preset")).to_have_count(0)
    tab.get("settings").get_by_test_id("toast-deed").last.click()
    expect(preset(tab, "Translator")).to_contain_text("옮기세요.")


def test_a_name_that_will_not_do_holds_nobody_and_enter_says_what_is_wrong(settings: Callable[..., ChatPage]) -> None:
    tab = settings("presets")
    save_preset(tab, "번역가")
    tab.get("preset-rename").click()
    tab.get("preset-new-name").fill("")
    tab.get("preset-new-name").press("Enter")
    expect(tab.get("preset-new-name")).to_be_focused()
    tab.page.keyboard.press("Tab")
    expect(tab.get("preset-new-name")).to_have_count(0)
    expect(tab.page.locator(":focus")).to_have_count(1)
    expect(preset(tab, "번역가")).to_be_visible()


def test_a_new_conversation_begins_with_a_preset(settings: Callable[..., ChatPage], upstream: Upstream) -> None:
    tab = settings(system_prompt="옮기세요.", options={"temperature": 0.2})
    tab.get("tab-presets").click()
    save_preset(tab, "번역가")
    tab.get("preset-begin").click()
    expect(tab.get("settings")).to_be_hidden()
    expect(tab.page).to_have_url(f"{tab.url}/")
    expect(tab.get("settings-button")).to_contain_text("Temperature 0.2")
    question = unique()
    tab.ask(question)
    tab.wait_for_end()
    call = upstream.calls(question)[0]
    assert call["messages"][0]["content"] == "옮기세요."
    assert call["options"]["temperature"] == 0.2


def test_all_that_is_set_can_be_cleared_at_once_and_brought_back(settings: Callable[..., ChatPage]) -> None:
    tab = settings(system_prompt="옮기세요.", options={"seed": 7})
    expect(tab.get("setting-seed")).to_be_visible()  # what is set is not hidden away
    tab.get("settings-clear").click()
    expect(tab.get("setting-seed")).to_have_value("")
    expect(tab.get("settings-clear")).to_have_count(0)
    tab.get("settings").get_by_test_id("toast-deed").click()
    expect(tab.get("setting-seed")).to_have_value("7")
    assert kept(tab)["system_prompt"] == "옮기세요."


def test_presets_of_two_tabs_are_all_kept_and_shown_in_both(
    settings: Callable[..., ChatPage], second_tab: ChatPage
) -> None:
    tab = settings("presets")
    show(second_tab.open(), "presets")
    save_preset(tab, "first")
    save_preset(second_tab, "second")
    expect(preset(tab, "second")).to_be_visible()
    expect(preset(second_tab, "first")).to_be_visible()
    second_tab.page.reload()
    show(second_tab, "presets")
    expect(second_tab.get("preset")).to_have_count(2)


def test_a_theme_is_there_at_once_in_all_tabs_and_before_the_first_paint(
    settings: Callable[..., ChatPage], second_tab: ChatPage
) -> None:
    tab = settings("browser")
    second_tab.open()
    ground = "() => getComputedStyle(document.body).backgroundColor"
    assert tab.page.evaluate(ground) == "rgb(251, 250, 248)"
    tab.get("theme-dark").check(force=True)
    for one in (tab, second_tab):
        expect(one.page.locator("html")).to_have_attribute("data-theme", "dark")
        assert one.page.evaluate(ground) == "rgb(23, 22, 20)"
        expect(one.page.locator("meta[name=theme-color]").first).to_have_attribute("content", "#171614")
    html = tab.page.request.get(f"{tab.url}/").text()
    assert 'data-theme="dark"' in html
    assert html.count('content="#171614"') == 2
    tab.get("theme-system").check(force=True)
    expect(second_tab.page.locator("html")).to_have_attribute("data-theme", "system")
    tab.page.emulate_media(color_scheme="dark")
    assert tab.page.evaluate(ground) == "rgb(23, 22, 20)"


def test_another_language_comes_back_to_the_same_place_with_what_was_typed(settings: Callable[..., ChatPage]) -> None:
    tab = settings("conversation")
    tab.get("setting-system_prompt").fill("남아 있어야 합니다")
    close(tab)
    tab.get("composer").fill("쓰던 글")
    show(tab, "browser")
    tab.get("language-ko").check(force=True)
    tab.get("language-use").click()
    expect(tab.page.locator("html")).to_have_attribute("lang", "ko")
    expect(tab.get("sheet-browser")).to_be_visible()
    expect(tab.get("language-ko")).to_be_checked()
    expect(tab.get("composer")).to_have_value("쓰던 글")
    tab.get("tab-conversation").click()
    expect(tab.get("setting-system_prompt")).to_have_value("남아 있어야 합니다")


def test_arrow_keys_choose_a_language_and_only_its_button_loads_the_page_anew(
    settings: Callable[..., ChatPage], second_tab: ChatPage
) -> None:
    tab = settings("browser")
    second_tab.open()
    tab.get("language-auto").focus()
    tab.page.keyboard.press("ArrowRight")
    expect(tab.get("language-ko")).to_be_checked()
    expect(tab.get("language-ko")).to_be_focused()
    tab.page.keyboard.press("ArrowLeft")
    expect(tab.get("language-use")).to_have_count(0)
    expect(tab.page.locator("html")).to_have_attribute("lang", "en")
    tab.page.keyboard.press("ArrowRight")
    tab.get("language-use").click()
    expect(tab.page.locator("html")).to_have_attribute("lang", "ko")
    expect(second_tab.get("toast")).to_contain_text("language")
    expect(second_tab.page.locator("html")).to_have_attribute("lang", "en")
    second_tab.get("toast-deed").click()
    expect(second_tab.page.locator("html")).to_have_attribute("lang", "ko")


def test_what_was_typed_and_could_not_be_kept_is_told_and_found_again(
    settings: Callable[..., ChatPage], watch: Any
) -> None:
    watch.expect("ERR_FAILED")
    tab = settings(title="here")
    tab.page.route("**/api/conversations/*", lambda route: route.abort())
    tab.get("setting-system_prompt").fill("없어지면 안 되는 글")
    tab.get("tab-browser").click()
    tab.get("language-ko").check(force=True)
    tab.get("language-use").click()
    expect(tab.get("toast")).to_contain_text("Some settings could not be saved.")
    expect(tab.page.locator("html")).to_have_attribute("lang", "en")
    tab.get("tab-conversation").click()
    write(tab, "temperature", "7")
    tab.page.keyboard.press("Escape")
    expect(tab.get("settings")).to_be_hidden()
    deed = tab.page.locator("[data-part=toasts]").get_by_test_id("toast-deed")
    expect(deed).to_be_visible()
    tab.get("new-chat").click()
    expect(tab.page).to_have_url(f"{tab.url}/")
    tab.page.unroute("**/api/conversations/*")
    deed.click()
    expect(tab.get("setting-system_prompt")).to_have_value("없어지면 안 되는 글")
    expect(tab.get("setting-temperature")).to_have_value("7")
    expect(tab.get("problem-temperature")).not_to_be_empty()
    write(tab, "temperature", "1")
    expect(tab.get("problem-temperature")).to_be_empty()
    expect(tab.get("settings-button")).to_contain_text("Temperature 1")
    assert kept(tab)["system_prompt"] == "없어지면 안 되는 글"


def test_who_wants_no_announcements_hears_none_of_answers(settings: Callable[..., ChatPage]) -> None:
    tab = settings("browser")
    tab.get("announces").uncheck()
    close(tab)
    tab.ask(unique())
    tab.wait_for_end()
    expect(tab.get("announcer")).to_be_empty()


def test_the_dialog_is_worked_by_the_keyboard(settings: Callable[..., ChatPage]) -> None:
    tab = settings()
    expect(tab.get("tab-conversation")).to_be_focused()
    tab.page.keyboard.press("ArrowLeft")
    expect(tab.get("tab-browser")).to_be_focused()
    expect(tab.get("sheet-browser")).to_be_visible()
    tab.page.keyboard.press("Home")
    expect(tab.get("tab-conversation")).to_have_attribute("aria-selected", "true")
    tab.get("setting-temperature").focus()
    tab.page.keyboard.press("ArrowUp")
    tab.page.keyboard.press("ArrowUp")
    expect(tab.get("setting-temperature")).to_have_value("0.1")
    tab.page.keyboard.press("Escape")
    expect(tab.get("settings-button")).to_be_focused()
    tab.get("more").click()
    tab.get("menu-settings").click()
    expect(tab.get("settings")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_is_lost_on_a_narrow_screen(new_context: Callable[..., BrowserContext], url: str, width: int) -> None:
    context = new_context(viewport={"width": width, "height": 640}, has_touch=True, is_mobile=True)
    tab = ChatPage(context.new_page(), url).open()
    show(tab)
    for sheet in ("conversation", "presets", "defaults", "browser"):
        tab.get(f"tab-{sheet}").click()
        box = tab.get(f"sheet-{sheet}")
        assert box.evaluate("(sheet) => sheet.scrollWidth <= sheet.clientWidth")
        small = box.locator(
            "button:visible, select:visible, input:visible:not([type=radio], [type=checkbox])"
        ).evaluate_all(
            "(all) => all.filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.outerHTML)"
        )
        assert small == []


def test_a_model_is_named_in_a_dialog_of_the_page(tab: ChatPage) -> None:
    tab.open()
    tab.get("model").select_option(label="Other model…")
    expect(tab.get("model-name")).to_be_focused()
    tab.page.keyboard.press("Escape")
    expect(tab.get("model")).not_to_have_value(" other")
    tab.get("model").select_option(label="Other model…")
    tab.get("model-name").fill(FAST)
    tab.get("model-name-use").click()
    expect(tab.get("model")).to_have_value(FAST)
    tab.ask(unique())
    tab.wait_for_end()
    assert tab.saved()[-1]["model"] == FAST


def listing(page: Page, **listed: Any) -> None:
    """Let the server list these models."""
    page.route("**/api/models", lambda route: answer(route, listed))


def answer(route: Route, listed: dict[str, Any]) -> None:
    route.fulfill(json={"default": listed["models"][0]["id"], **listed})


def test_the_closed_picker_says_whose_model_it_is_where_two_have_the_name(tab: ChatPage) -> None:
    models = [{"id": f"{provider}/llama", "name": "llama", "provider": provider} for provider in ("here", "there")]
    listing(tab.page, models=[*models, {"id": "here/qwen", "name": "qwen", "provider": "here"}])
    tab.open()
    shown = tab.get("model").locator("option:checked")
    expect(shown).to_have_text("llama · here")
    tab.get("model").select_option("here/qwen")
    expect(shown).to_have_text("qwen")


def test_a_name_is_asked_for_only_where_one_could_be_found(tab: ChatPage) -> None:
    listing(tab.page, models=[{"id": "reply", "name": "reply", "provider": "reply"}], takes_others=False)
    tab.open()
    expect(tab.get("model").locator("option")).to_have_text(["reply"])


def test_an_unlisted_model_of_a_provider_that_is_away_is_marked_in_the_closed_picker(tab: ChatPage) -> None:
    tab.open()
    conversation_id = tab.create(model="away/llama")
    here = {"id": "here/qwen", "name": "qwen", "provider": "here"}
    listing(tab.page, models=[here], down=[{"provider": "away", "problem": "refused"}])
    tab.open(f"/c/{conversation_id}")
    expect(tab.get("model").locator("option:checked")).to_have_text("away/llama · not reachable")
    expect(tab.get("model")).to_have_attribute("title", "refused")
