"""Unlisted models, and how the closed picker names the chosen model."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from browser.chat_page import ChatPage, unique
from browser.settings_dialog import FAST

pytestmark = pytest.mark.browser


def test_an_unlisted_model_is_named_in_a_dialog(tab: ChatPage) -> None:
    tab.open()
    tab.choose_model()
    expect(tab.get("model-name")).to_be_focused()
    tab.page.keyboard.press("Escape")
    tab.choose_model()
    tab.get("model-name").fill(FAST)
    tab.get("model-name-use").click()
    expect(tab.get("model")).to_have_text(FAST)
    tab.ask(unique())
    tab.wait_for_end()
    assert tab.saved()[-1]["model"] == FAST


def serve_models(page: Page, **listed: Any) -> None:
    """Let the page receive this list of models from the server."""
    page.route("**/api/models", lambda route: fulfill(route, listed))


def fulfill(route: Route, listed: dict[str, Any]) -> None:
    route.fulfill(json={"default": listed["models"][0]["id"], **listed})


def test_the_closed_picker_names_the_provider_if_two_models_share_a_name(tab: ChatPage) -> None:
    models = [{"id": f"{provider}/llama", "name": "llama", "provider": provider} for provider in ("here", "there")]
    serve_models(tab.page, models=[*models, {"id": "here/qwen", "name": "qwen", "provider": "here"}])
    tab.open()
    expect(tab.get("model")).to_have_text("llama · here")
    tab.choose_model("here/qwen")
    expect(tab.get("model")).to_have_text("qwen")


def test_other_models_are_offered_only_if_the_server_takes_them(tab: ChatPage) -> None:
    serve_models(tab.page, models=[{"id": "reply", "name": "reply", "provider": "reply"}], takes_others=False)
    tab.open()
    tab.get("model").click()
    expect(tab.get("models-option")).to_have_text(["reply"])
    tab.get("models-search").fill("something else")
    expect(tab.get("models-option")).to_have_count(0)


def test_the_closed_picker_marks_an_unlisted_model_of_an_unreachable_provider(tab: ChatPage) -> None:
    tab.open()
    conversation_id = tab.create(model="away/llama")
    here = {"id": "here/qwen", "name": "qwen", "provider": "here"}
    serve_models(tab.page, models=[here], down=[{"provider": "away", "problem": "refused"}])
    tab.open(f"/c/{conversation_id}")
    expect(tab.get("model")).to_have_text("away/llama · not reachable")
    expect(tab.get("model")).to_have_attribute("title", "refused")
