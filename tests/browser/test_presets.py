"""Presets: saved, renamed, used, deleted, and the same in every tab."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from browser.chat_page import ChatPage, unique
from browser.settings_dialog import preset, save_preset, show, write
from support.processes import Upstream

pytestmark = pytest.mark.browser


def test_a_preset_is_saved_renamed_used_and_deleted_with_undo(settings: Callable[..., ChatPage]) -> None:
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


def test_an_empty_preset_name_is_refused_by_enter_and_discarded_by_tab(settings: Callable[..., ChatPage]) -> None:
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
