"""Settings of the browser: theme, language, announcements."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from browser.chat_page import ChatPage, unique
from browser.settings_dialog import close, saved_settings, show, write

pytestmark = pytest.mark.browser


def test_a_theme_applies_at_once_in_all_tabs_and_before_the_first_paint(
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


def test_changing_the_language_keeps_the_open_sheet_and_typed_text(settings: Callable[..., ChatPage]) -> None:
    tab = settings("conversation")
    tab.get("setting-system_prompt").fill("남아 있어야 합니다")
    close(tab)
    tab.get("composer").fill("쓰던 글")
    show(tab, "browser")
    tab.get("language-ko").check(force=True)
    expect(tab.get("language-use")).to_have_text("한국어로 보기")
    expect(tab.get("language-use")).to_have_attribute("lang", "ko")
    tab.get("language-use").click()
    expect(tab.page.locator("html")).to_have_attribute("lang", "ko")
    expect(tab.get("sheet-browser")).to_be_visible()
    expect(tab.get("language-ko")).to_be_checked()
    expect(tab.get("composer")).to_have_value("쓰던 글")
    tab.get("tab-conversation").click()
    expect(tab.get("setting-system_prompt")).to_have_value("남아 있어야 합니다")
    tab.get("tab-browser").click()
    tab.get("language-auto").check(force=True)
    expect(tab.get("language-use")).to_have_text("Switch to English")


def test_arrow_keys_choose_a_language_and_only_the_button_reloads_the_page(
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


def test_settings_that_could_not_be_saved_are_reported_and_restored(
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
    assert saved_settings(tab)["system_prompt"] == "없어지면 안 되는 글"


def test_answers_are_not_announced_when_announcements_are_off(settings: Callable[..., ChatPage]) -> None:
    tab = settings("browser")
    tab.get("announces").uncheck()
    close(tab)
    tab.ask(unique())
    tab.wait_for_end()
    expect(tab.get("announcer")).to_be_empty()
