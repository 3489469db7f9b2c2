"""The model picker with several providers, some unreachable; and generated titles."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from browser.chat_page import ChatPage, script, unique
from support.processes import Server, Upstream, free_port
from support.waiting import eventually

pytestmark = pytest.mark.browser

UNREACHABLE = re.compile("not reachable$")


@pytest.fixture
def open_with_providers(
    new_server: Callable[..., Server], page: Page, upstream: Upstream, tmp_path: Path
) -> Callable[[str], ChatPage]:
    """Open a tab on a server with these providers and a reachable one, `here`."""

    def make(others: str) -> ChatPage:
        file = tmp_path / "chatapp.toml"
        here = f'[providers.here]\nbase_url = "{upstream.url}"\nmodels = ["{script(tokens=3)}"]\n'
        file.write_text(f'default = "here/{script(tokens=3)}"\n{here}{others}', encoding="utf-8")
        server = new_server(CHATAPP_CONFIG=str(file), CHATAPP_MODEL="")
        return ChatPage(page, f"http://127.0.0.1:{server.port}").open()

    return make


def test_models_are_grouped_by_provider_and_unreachable_ones_are_marked(
    open_with_providers: Callable[[str], ChatPage],
) -> None:
    address = f"http://127.0.0.1:{free_port()}/v1"
    tab = open_with_providers(
        f'[providers.silent]\nbase_url = "{address}"\nconnect_timeout = 1\n'
        f'[providers.listed]\nbase_url = "{address}"\nconnect_timeout = 1\nmodels = ["small"]\n'
    )
    groups = tab.get("model").locator("optgroup")
    expect(groups).to_have_count(3)
    assert groups.evaluate_all("(all) => all.map(({ label }) => label)")[0] == "here"
    silent = tab.get("model").locator("optgroup[label=silent] option")
    expect(silent).to_have_text(UNREACHABLE)
    expect(silent).to_be_disabled()
    assert silent.get_attribute("title")
    expect(tab.get("model").locator("optgroup[label=listed] option")).to_be_enabled()
    tab.ask(unique())
    tab.wait_for_end()


def test_focusing_the_picker_clears_the_mark_of_a_provider_that_came_up(
    open_with_providers: Callable[[str], ChatPage], upstream: Upstream
) -> None:
    tab = open_with_providers("")
    away = {"providers": [{"provider": "late", "problem": "refused"}]}

    def answer(route: Route) -> None:
        listed = route.fetch().json()
        route.fulfill(json={**listed, "down": away["providers"]})

    tab.page.route("**/api/models", answer)
    tab.page.reload()
    late = tab.get("model").locator("optgroup[label=late] option")
    expect(late).to_have_text(UNREACHABLE)
    away["providers"] = []

    def is_unmarked_after_focus() -> bool:
        tab.get("composer").focus()
        tab.get("model").focus()
        return late.count() == 0

    eventually(is_unmarked_after_focus, within=15, every=0.5)
    expect(tab.get("model").locator("optgroup")).to_have_count(0)


def test_one_provider_needs_no_heading(tab: ChatPage) -> None:
    tab.open()
    expect(tab.get("model").locator("option").first).to_be_attached()
    expect(tab.get("model").locator("optgroup")).to_have_count(0)


def test_a_generated_title_appears_but_does_not_replace_a_title_being_typed(
    tab: ChatPage, second_tab: ChatPage
) -> None:
    tab.open_new(title="first words of")
    conversation_id = tab.page.url.rpartition("/")[2]
    second_tab.open()
    second_tab.choose(conversation_id, "rename")
    second_tab.get("rename").fill("what the reader wr")

    retitled = tab.page.request.patch(
        f"{tab.url}/api/conversations/{conversation_id}", data={"title": "A better title"}, headers={"Origin": tab.url}
    )
    assert retitled.ok
    expect(tab.page).to_have_title("A better title")
    expect(tab.item(conversation_id)).to_contain_text("A better title")

    tab.create(title="a sign that the other tab has heard of it")
    expect(second_tab.get("rename")).to_have_value("what the reader wr")
    expect(second_tab.get("rename")).to_be_focused()
    second_tab.get("rename").press("End")
    second_tab.get("rename").press_sequentially("ote")
    second_tab.get("rename").press("Enter")
    expect(tab.page).to_have_title("what the reader wrote")


def test_a_rename_without_a_change_keeps_a_title_that_arrived_meanwhile(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open_new(title="first words of")
    conversation_id = tab.page.url.rpartition("/")[2]
    second_tab.open()
    second_tab.choose(conversation_id, "rename")
    tab.choose(conversation_id, "rename")
    tab.get("rename").fill("A better title")
    tab.get("rename").press("Enter")
    expect(tab.page).to_have_title("A better title")
    second_tab.get("rename").press("Enter")
    expect(second_tab.item(conversation_id)).to_contain_text("A better title")
    expect(tab.page).to_have_title("A better title")
