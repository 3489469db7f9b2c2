"""The list of conversations, and how it follows changes in other tabs."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from browser.chat_page import ChatPage, script, unique

pytestmark = pytest.mark.browser


def test_changes_of_the_list_appear_in_the_other_tab(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open()
    one, two = tab.create(title="alpha"), tab.create(title="beta")
    second_tab.open()
    expect(second_tab.item(one)).to_contain_text("alpha")

    tab.choose(one, "rename")
    tab.get("rename").fill("새 이름")
    tab.get("rename").press("Enter")
    expect(second_tab.item(one)).to_contain_text("새 이름")

    expect(second_tab.get("conversation").first).to_have_attribute("data-conversation-id", two)
    tab.choose(one, "pin")
    expect(second_tab.get("conversation").first).to_have_attribute("data-conversation-id", one)

    tab.choose(two, "remove")
    expect(second_tab.item(two)).to_have_count(0)
    tab.get("toast-deed").click()
    expect(second_tab.item(two)).to_contain_text("beta")


def test_deleting_the_open_conversation_sends_its_other_tab_to_the_empty_page(
    tab: ChatPage, second_tab: ChatPage
) -> None:
    tab.open_new(title="doomed")
    conversation_id = tab.page.url.rpartition("/")[2]
    second_tab.open(f"/c/{conversation_id}")
    tab.choose(conversation_id, "remove")
    expect(second_tab.get("toast")).to_be_visible()
    expect(second_tab.get("welcome")).to_be_visible()
    tab.get("toast-deed").click()
    expect(tab.page).to_have_title("doomed")


def test_a_running_conversation_is_marked_in_the_list_of_every_tab(tab: ChatPage, second_tab: ChatPage) -> None:
    second_tab.open()
    tab.open_new(model=script(tokens=30, rate=30))
    tab.ask(unique())
    item = second_tab.item(tab.page.url.rpartition("/")[2])
    expect(item).to_have_attribute("data-running", "true")
    expect(item).to_have_attribute("data-running", "false")


def test_a_closed_list_stays_closed_after_a_reload(tab: ChatPage) -> None:
    tab.open_new(title="beside the list")
    tab.get("close-list").click()
    expect(tab.get("conversations")).to_be_hidden()
    expect(tab.get("menu")).to_be_focused()
    tab.page.reload()
    expect(tab.page).to_have_title("beside the list")
    expect(tab.get("conversations")).to_be_hidden()
    tab.page.keyboard.press("Control+k")
    expect(tab.get("search")).to_be_focused()
    tab.page.keyboard.press("Control+Shift+S")
    expect(tab.get("conversations")).to_be_hidden()
    tab.get("menu").click()
    expect(tab.get("conversations")).to_be_visible()
    expect(tab.get("new-chat")).to_be_focused()


def test_arrow_keys_walk_through_the_list_and_enter_opens(tab: ChatPage) -> None:
    tab.open()
    for title in ("third", "second", "first"):
        tab.create(title=title)
    expect(tab.get("conversation")).to_have_count(3)
    tab.get("conversation").first.get_by_role("link").focus()
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Enter")
    expect(tab.page).to_have_title("second")


def test_after_a_rename_by_keyboard_the_focus_is_on_the_conversation(tab: ChatPage) -> None:
    tab.open()
    one = tab.create(title="before")
    for key in ("Enter", "Escape"):
        tab.choose(one, "rename")
        expect(tab.get("rename")).to_be_focused()
        tab.page.keyboard.press(key)
        expect(tab.item(one).get_by_role("link")).to_be_focused()


def test_renaming_a_deleted_conversation_does_not_freeze_the_list(tab: ChatPage) -> None:
    tab.open()
    doomed = tab.create(title="doomed")
    tab.item(doomed).hover()
    tab.item(doomed).get_by_test_id("conversation-menu").click()
    address = f"{tab.url}/api/conversations/{doomed}"
    tab.page.request.delete(address, headers={"Origin": tab.url, "Content-Type": "application/json"})
    expect(tab.item(doomed)).to_have_count(0)
    tab.get("menu-rename").click()
    later = tab.create(title="later")
    expect(tab.item(later)).to_be_visible()


def test_deleting_a_conversation_moves_the_focus_to_the_next_one(tab: ChatPage) -> None:
    tab.open()
    last, doomed = tab.create(title="last"), tab.create(title="doomed")
    expect(tab.get("conversation")).to_have_count(2)
    more = tab.item(doomed).get_by_test_id("conversation-menu")
    more.focus()
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.press("End")
    tab.page.keyboard.press("Enter")
    expect(tab.item(doomed)).to_have_count(0)
    expect(tab.item(last).get_by_role("link")).to_be_focused()


def test_deleting_the_open_conversation_focuses_the_composer(tab: ChatPage) -> None:
    tab.open_new(title="doomed")
    tab.choose(tab.page.url.rpartition("/")[2], "remove")
    expect(tab.get("welcome")).to_be_visible()
    expect(tab.get("composer")).to_be_focused()


def test_undoing_the_archiving_of_the_open_conversation_reopens_it(tab: ChatPage) -> None:
    tab.open_new(title="put away")
    tab.choose(tab.page.url.rpartition("/")[2], "archive")
    expect(tab.get("welcome")).to_be_visible()
    tab.get("toast-deed").click()
    expect(tab.page).to_have_title("put away")


def test_a_button_above_the_archive_names_it_and_leads_back(tab: ChatPage) -> None:
    tab.open()
    here, away = tab.create(title="here"), tab.create(title="away")
    expect(tab.get("leave-archive")).to_have_count(0)
    tab.choose(away, "archive")
    tab.get("archived").click()
    expect(tab.item(away)).to_be_visible()
    back = tab.page.get_by_role("button", name="Archived · Back to conversations")
    back.press("Enter")
    expect(tab.item(here)).to_be_visible()
    expect(back).to_have_count(0)
    expect(tab.get("archived")).to_be_focused()


def test_several_deletions_can_each_be_undone_by_pointer_and_by_key(tab: ChatPage) -> None:
    tab.open()
    ids = [tab.create(title=title) for title in ("alpha", "beta", "gamma")]
    for one in ids:
        tab.choose(one, "remove")
        expect(tab.item(one)).to_have_count(0)
    toasts = tab.get("toast")
    expect(toasts).to_have_count(3)
    expect(toasts.filter(visible=True)).to_contain_text(["gamma"])
    toasts.filter(visible=True).get_by_test_id("toast-deed").click()
    expect(tab.item(ids[2])).to_be_visible()
    expect(toasts.filter(visible=True)).to_contain_text(["beta"])
    tab.get("composer").focus()
    tab.page.keyboard.press("Control+z")
    expect(toasts).to_have_count(2)
    tab.get("new-chat").focus()
    tab.page.keyboard.press("Control+z")
    expect(tab.item(ids[1])).to_be_visible()
    expect(tab.item(ids[0])).to_have_count(0)
    expect(toasts.filter(visible=True)).to_contain_text(["alpha"])
    tab.page.keyboard.press("Control+z")
    expect(tab.item(ids[0])).to_be_visible()
    expect(toasts).to_have_count(0)


def test_on_a_phone_the_drawer_keeps_the_focus_and_gives_it_back(
    new_context: Callable[..., BrowserContext], url: str
) -> None:
    context = new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab = ChatPage(context.new_page(), url)
    tab.open_new(title="on a phone")
    conversation_id = tab.page.url.rpartition("/")[2]
    tab.get("menu").tap()
    expect(tab.get("new-chat")).to_be_focused()
    assert tab.get("composer").evaluate("(it) => it.closest('[inert]') !== null")
    tab.choose(conversation_id, "rename")
    tab.page.keyboard.press("Escape")
    expect(tab.get("conversations")).to_be_visible()
    tab.page.keyboard.press("Escape")
    expect(tab.get("menu")).to_be_focused()
    expect(tab.get("conversations")).to_be_hidden()
