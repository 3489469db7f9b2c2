"""The empty page: examples, the model that answers, and what to do without one."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from browser.chat_page import ChatPage, script
from browser.settings_dialog import close, save_preset, show, write
from support.processes import Server

pytestmark = pytest.mark.browser


def serve_models(page: Page, **answer: Any) -> None:
    """Let the page receive this list of models from the server."""
    body = json.dumps({"models": [], "default": None, **answer})
    page.route("**/api/models", lambda route: fulfill(route, body))


def fulfill(route: Route, body: str) -> None:
    route.fulfill(body=body, content_type="application/json")


def test_the_demo_answers_each_example_with_what_it_promises(
    new_server: Callable[..., Server], new_context: Callable[..., BrowserContext]
) -> None:
    server = new_server(base_url="", OPENAI_API_KEY="", CHATAPP_MODEL="")
    shown = (".table tbody tr", "[data-testid=code-block]", ".math--display .katex", "strong")
    for locale in ("ko-KR", "en-US"):
        tab = ChatPage(new_context(locale=locale).new_page(), f"http://127.0.0.1:{server.port}")
        tab.open()
        tab.choose_model("demo-fast")
        for at, what in enumerate(shown):
            tab.get("new-chat").click()
            tab.get("example").nth(at).click()
            tab.wait_for_end()
            expect(tab.body.locator(what).first).to_be_attached()
            assert ("you wrote" in tab.text.lower() or "하셨네요" in tab.text) is False


def test_the_demo_tells_how_to_connect_a_model(
    new_server: Callable[..., Server], new_context: Callable[..., BrowserContext]
) -> None:
    server = new_server(base_url="", OPENAI_API_KEY="", CHATAPP_MODEL="")
    context = new_context(permissions=["clipboard-read", "clipboard-write"])
    tab = ChatPage(context.new_page(), f"http://127.0.0.1:{server.port}").open()
    expect(tab.get("copy-hint").first).to_be_hidden()
    tab.get("connect-model").locator("summary").click()
    tab.get("copy-hint").nth(1).click()
    expect(tab.get("copy-hint").nth(1)).to_have_attribute("aria-label", "Copied: Ollama")
    assert "OPENAI_BASE_URL=http://localhost:11434/v1" in tab.page.evaluate("() => navigator.clipboard.readText()")


def test_presets_are_cards_that_apply_them(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open()
    expect(tab.get("example")).to_have_count(4)
    second_tab.open()
    show(second_tab)
    write(second_tab, "temperature", "0.2")
    second_tab.get("tab-presets").click()
    save_preset(second_tab, "번역가")
    close(second_tab)
    expect(tab.get("preset-card")).to_have_text(["Preset 번역가"])
    expect(tab.get("example")).to_have_count(3)
    tab.get("preset-card").click()
    expect(tab.get("settings-button")).to_contain_text("Temperature 0.2")
    expect(tab.get("composer")).to_be_focused()
    tab.get("toast-deed").click()
    expect(tab.get("settings-button")).not_to_contain_text("Temperature")


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720), (844, 390), (390, 844), (320, 640)])
def test_title_box_and_cards_are_in_sight_and_cards_of_equal_height(tab: ChatPage, size: tuple[int, int]) -> None:
    width, height = size
    tab.page.set_viewport_size({"width": width, "height": height})
    tab.open()
    expect(tab.page.locator(".welcome__title")).to_be_in_viewport(ratio=1)
    expect(tab.get("composer")).to_be_in_viewport(ratio=1)
    expect(tab.get("example").first).to_be_in_viewport(ratio=0.9)
    heights = tab.page.locator(".welcome__card").evaluate_all("(all) => all.map((one) => one.offsetHeight)")
    assert max(heights) - min(heights) <= 1
    assert not tab.scrolls_sideways()
    if width > 768 and height >= 640:
        box = tab.page.locator("form.composer").bounding_box()
        card = tab.get("example").first.bounding_box()
        assert box is not None
        assert card is not None
        assert abs(box["y"] + box["height"] / 2 - height / 2) < height / 8, "in the middle"
        assert card["y"] > box["y"] + box["height"]


def test_the_links_below_open_the_settings_and_the_shortcuts(tab: ChatPage) -> None:
    tab.open()
    expect(tab.get("demo")).to_have_count(0)
    tab.get("welcome-settings").click()
    expect(tab.get("settings")).to_be_visible()
    tab.page.keyboard.press("Escape")
    expect(tab.get("composer")).to_be_focused()
    tab.get("welcome-shortcuts").click()
    expect(tab.get("shortcuts")).to_be_visible()


def test_an_unreachable_provider_is_reported_with_other_models_to_choose(tab: ChatPage) -> None:
    models = [
        {"id": "far/large", "name": "large", "provider": "far"},
        {"id": script(tokens=3), "name": "small", "provider": "near"},
    ]
    serve_models(
        tab.page, models=models, default="far/large", down=[{"provider": "far", "problem": "It does not answer."}]
    )
    tab.open()
    expect(tab.get("model-away")).to_contain_text("large cannot be reached.")
    expect(tab.get("model-away")).to_contain_text("It does not answer.")
    expect(tab.get("other-model")).to_have_text(["small"])
    tab.get("other-model").click()
    expect(tab.get("model-away")).to_have_count(0)
    expect(tab.get("welcome")).to_contain_text("Answers by small")
    assert tab.page.evaluate("() => document.activeElement !== document.body")


def test_without_any_model_the_page_says_what_to_do(tab: ChatPage) -> None:
    serve_models(tab.page)
    tab.page.goto(tab.url)
    expect(tab.get("no-model")).to_contain_text("CHATAPP_MODEL")
    tab.get("name-model").click()
    expect(tab.get("model-name")).to_be_focused()
    tab.page.keyboard.type(script(tokens=3))
    tab.page.keyboard.press("Enter")
    expect(tab.get("no-model")).to_have_count(0)
    tab.ask("question")
    tab.wait_for_end()
