"""The model picker with several providers, some unreachable; and generated titles."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

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
    tab.get("model").click()
    headings = tab.get("models-list").get_by_role("group")
    assert headings.evaluate_all("(all) => all.map(({ ariaLabel }) => ariaLabel)") == ["here", "listed"]
    silent = tab.get("models-missing")
    expect(silent).to_have_text(UNREACHABLE)
    expect(silent).to_be_disabled()
    assert silent.get_attribute("title")
    expect(tab.model_option("listed/small")).to_have_text(UNREACHABLE, use_inner_text=True)
    tab.page.keyboard.press("Escape")
    tab.ask(unique())
    tab.wait_for_end()


def test_opening_the_list_clears_the_mark_of_a_provider_that_came_up(
    open_with_providers: Callable[[str], ChatPage], upstream: Upstream
) -> None:
    tab = open_with_providers("")
    away = {"providers": [{"provider": "late", "problem": "refused"}]}

    def answer(route: Route) -> None:
        listed = route.fetch().json()
        route.fulfill(json={**listed, "down": away["providers"]})

    tab.page.route("**/api/models", answer)
    tab.page.reload()
    late = tab.get("models-missing")
    tab.get("model").click()
    expect(late).to_have_text(UNREACHABLE)
    away["providers"] = []

    def is_unmarked_after_opening() -> bool:
        tab.page.keyboard.press("Escape")
        tab.get("model").click()
        return late.count() == 0

    eventually(is_unmarked_after_opening, within=15, every=0.5)
    expect(tab.get("models-list").get_by_role("group")).to_have_count(0)


def test_one_provider_needs_no_heading(tab: ChatPage) -> None:
    tab.open()
    tab.get("model").click()
    expect(tab.get("models-option").first).to_be_visible()
    expect(tab.get("models-list").get_by_role("group")).to_have_count(0)


def serve_many(page: Page) -> list[dict[str, str]]:
    """Let the page receive hundreds of models of two providers, as of a router."""
    models = [
        {"id": f"router/org-{n % 9}/model-{n}", "name": f"org-{n % 9}/model-{n}", "provider": "router"}
        for n in range(400)
    ]
    models[200] |= {
        "id": "router/org-2/star-4o",
        "name": "org-2/star-4o",
        "description": "긴 문서의 요약에 적합합니다.",
    }
    models.append({"id": "home/star", "name": "star", "provider": "home"})
    page.route("**/api/models", lambda route: route.fulfill(json={"models": models, "default": models[0]["id"]}))
    return models


def test_one_of_hundreds_is_found_by_the_keyboard_and_is_then_the_first(tab: ChatPage) -> None:
    serve_many(tab.page)
    tab.open()
    picker, field, options = tab.get("model"), tab.get("models-search"), tab.get("models-option")
    expect(picker).to_have_attribute("aria-expanded", "false")
    picker.focus()
    tab.page.keyboard.press("Enter")
    expect(field).to_be_focused()
    expect(picker).to_have_attribute("aria-expanded", "true")
    expect(field).to_have_role("combobox")
    assert options.count() == 402  # and the entry that asks for another name

    field.press_sequentially("STAR4o")
    expect(options).to_have_count(2)
    expect(tab.get("models-found")).to_have_text("1 model")
    field.fill("요약")
    expect(options.first).to_contain_text("org-2/star-4o")
    field.fill("star")
    expect(options).to_have_text([re.compile("^star"), re.compile("^org-2/star-4o"), "Use “star”"], use_inner_text=True)
    tab.page.keyboard.press("ArrowDown")
    active = str(field.get_attribute("aria-activedescendant"))
    expect(tab.page.locator(f"#{active}")).to_have_attribute("data-id", "router/org-2/star-4o")
    tab.page.keyboard.press("Enter")
    expect(tab.get("models")).to_be_hidden()
    expect(picker).to_be_focused()
    expect(picker).to_have_text("org-2/star-4o")
    expect(picker).to_have_accessible_name("Model: org-2/star-4o")

    picker.click()
    expect(options.first).to_contain_text("org-2/star-4o")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(tab.get("models-list").get_by_role("group").first).to_have_accessible_name("Used last")
    tab.page.keyboard.press("Escape")
    expect(tab.get("models")).to_be_hidden()
    expect(picker).to_be_focused()


def test_enter_that_ends_a_composition_chooses_nothing(tab: ChatPage) -> None:
    serve_many(tab.page)
    tab.open()
    before = tab.get("model").inner_text()
    tab.get("model").click()
    tab.get("models-search").fill("star")
    tab.get("models-search").dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True})
    expect(tab.get("models")).to_be_visible()
    assert tab.get("model").inner_text() == before


def test_on_a_small_phone_the_list_fits_and_a_tap_chooses(new_context: Callable[..., BrowserContext], url: str) -> None:
    context = new_context(viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True, locale="ko-KR")
    tab = ChatPage(context.new_page(), url)
    serve_many(tab.page)
    tab.open()
    tab.get("model").tap()
    expect(tab.get("models-search")).to_be_visible()
    expect(tab.get("models-search")).not_to_be_focused()  # else the keyboard covers half of the list
    box = tab.get("models").bounding_box() or {}
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert box["y"] + box["height"] <= 640
    assert not tab.scrolls_sideways()
    tab.get("models-close").tap()
    expect(tab.get("models")).to_be_hidden()
    tab.get("model").tap()
    tab.model_option("home/star").scroll_into_view_if_needed()
    tab.model_option("home/star").tap()
    expect(tab.get("model")).to_have_text("star")


def test_a_typed_name_is_used_as_it_is(tab: ChatPage) -> None:
    tab.open()
    tab.get("model").click()
    tab.get("models-search").fill(script(tokens=4))
    expect(tab.get("models-option").last).to_have_text(f"Use “{script(tokens=4)}”")
    tab.page.keyboard.press("ArrowUp")
    tab.page.keyboard.press("Enter")
    tab.ask(unique())
    tab.wait_for_end()
    assert tab.saved()[-1]["model"] == script(tokens=4)
    # One name everywhere.
    expect(tab.answer.get_by_test_id("answered-by")).to_have_text(tab.get("model").inner_text())


def test_an_answer_is_regenerated_by_one_of_hundreds(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3))
    tab.ask(unique())
    tab.wait_for_end()
    models = serve_many(tab.page)
    models[7] |= {"id": script(tokens=2), "name": "the wanted one"}
    tab.page.reload()
    tab.answer.hover()
    tab.answer.get_by_test_id("regenerate-with").click()
    expect(tab.get("models")).to_have_accessible_name("Regenerate with…")
    tab.get("models-search").fill("wanted")
    tab.page.keyboard.press("Enter")
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    tab.wait_for_end()
    assert tab.saved()[-1]["model"] == script(tokens=2)


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


def test_a_default_among_hundreds_is_searched_in_the_settings(tab: ChatPage) -> None:
    models = serve_many(tab.page)
    real = models[9]["id"] = script(tokens=2)
    tab.open()
    tab.get("settings-button").click()
    tab.get("tab-defaults").click()
    field = tab.get("setting-model").locator("visible=true")
    before = field.inner_text()
    field.click()
    tab.page.locator("[data-part=settings-models] [role=option]").first.wait_for()
    tab.page.locator("[data-part=settings-models] input").fill("model-9")
    tab.page.keyboard.press("Enter")
    expect(field).to_contain_text("model-9")
    expect(field).to_be_focused()
    eventually(lambda: tab.page.request.get(f"{tab.url}/api/settings").json()["model"] == real, what="the default")
    field.click()
    tab.page.locator("[data-part=settings-models] [role=option]").first.click()
    expect(field).to_have_text(before)
    tab.page.keyboard.press("Escape")
    expect(tab.get("settings")).to_be_hidden()
