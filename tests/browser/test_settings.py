"""Settings of a conversation, and the defaults of new ones."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from browser.chat_page import ChatPage, unique
from browser.settings_dialog import FAST, close, saved_settings, set_defaults, show, write
from support.processes import Upstream
from support.waiting import eventually

pytestmark = pytest.mark.browser


def test_settings_chosen_before_the_first_message_apply_to_it(
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
    assert saved_settings(tab)["options"] == {"temperature": 0.3}
    tab.get("new-chat").click()
    expect(tab.get("settings-button")).to_have_accessible_name("Settings")


def test_a_change_applies_to_the_next_answer_also_by_regenerate(
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
    expect(tab.answer.get_by_role("group", name="Version 2 of 2")).to_be_visible()
    tab.wait_for_end()
    options = upstream.calls(question)[-1]["options"]
    assert "temperature" not in options
    assert (options["max_tokens"], options["seed"]) == (50, 7)


def test_an_invalid_value_is_explained_and_kept(settings: Callable[..., ChatPage]) -> None:
    tab = settings(options={"temperature": 0.3})
    write(tab, "temperature", "hot")
    expect(tab.get("problem-temperature")).to_have_text("Enter a number from 0 to 2, e.g. 0.7.")
    expect(tab.get("setting-temperature")).to_have_attribute("aria-invalid", "true")
    write(tab, "max_tokens", "9")  # a valid field is saved although another one is not
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
    eventually(lambda: saved_settings(tab)["options"] == wanted, what=lambda: f"{wanted} in {saved_settings(tab)}")


def test_closing_the_dialog_while_typing_saves_the_text(settings: Callable[..., ChatPage]) -> None:
    tab = settings(title="here")
    tab.get("setting-system_prompt").press_sequentially("말을 짧게")
    with tab.page.expect_response(lambda response: response.request.method == "PATCH"):
        tab.page.keyboard.press("Escape")
    expect(tab.get("settings")).to_be_hidden()
    expect(tab.get("composer")).to_be_focused()
    assert saved_settings(tab)["system_prompt"] == "말을 짧게"


def test_a_setting_that_cannot_be_saved_stays_and_says_so(settings: Callable[..., ChatPage], watch: Any) -> None:
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
    assert saved_settings(tab)["options"] == {"max_tokens": 7}


def test_a_change_in_another_tab_shows_except_in_a_field_being_edited(
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


def test_a_change_from_elsewhere_does_not_interrupt_a_composition(settings: Callable[..., ChatPage]) -> None:
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
    assert saved_settings(tab)["system_prompt"] == "한글"


def test_defaults_are_placeholders_of_new_conversations_and_do_not_change_old_ones(
    tab: ChatPage, upstream: Upstream
) -> None:
    set_defaults(tab, model=FAST, system_prompt="be kind", options={"temperature": 0.4})
    tab.page.reload()
    expect(tab.get("model")).to_have_attribute("data-model", FAST)
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
    assert saved_settings(tab)["options"] == {"temperature": 0.6}


def test_all_settings_can_be_cleared_at_once_and_restored(settings: Callable[..., ChatPage]) -> None:
    tab = settings(system_prompt="옮기세요.", options={"seed": 7})
    expect(tab.get("setting-seed")).to_be_visible()  # a field with a value is not folded away
    tab.get("settings-clear").click()
    expect(tab.get("setting-seed")).to_have_value("")
    expect(tab.get("settings-clear")).to_have_count(0)
    tab.get("settings").get_by_test_id("toast-deed").click()
    expect(tab.get("setting-seed")).to_have_value("7")
    assert saved_settings(tab)["system_prompt"] == "옮기세요."


def test_the_dialog_is_used_by_keyboard(settings: Callable[..., ChatPage]) -> None:
    tab = settings()
    expect(tab.get("tab-conversation")).to_be_focused()
    tab.page.keyboard.press("ArrowLeft")
    expect(tab.get("tab-browser")).to_be_focused()
    expect(tab.get("sheet-browser")).to_be_visible()
    tab.page.keyboard.press("End")
    expect(tab.get("tab-defaults")).to_have_attribute("aria-selected", "true")
    tab.page.keyboard.press("Home")
    expect(tab.get("tab-browser")).to_have_attribute("aria-selected", "true")
    tab.page.keyboard.press("ArrowRight")
    tab.get("setting-temperature").focus()
    tab.page.keyboard.press("ArrowUp")
    tab.page.keyboard.press("ArrowUp")
    expect(tab.get("setting-temperature")).to_have_value("0.1")
    tab.page.keyboard.press("Escape")
    expect(tab.get("composer")).to_be_focused()
    tab.get("more").click()
    tab.get("menu-settings").click()
    expect(tab.get("settings")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_is_cut_off_on_a_narrow_screen(
    new_context: Callable[..., BrowserContext], url: str, width: int
) -> None:
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
