"""The list of conversations, in every tab."""

import pytest
from chat_page import ChatPage, script, unique
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_what_one_does_with_the_list_reaches_the_other_tab(tab: ChatPage, second_tab: ChatPage) -> None:
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


def test_a_running_conversation_breathes_in_the_list_of_every_tab(tab: ChatPage, second_tab: ChatPage) -> None:
    second_tab.open()
    tab.open_new(model=script(tokens=30, rate=30))
    tab.ask(unique())
    item = second_tab.item(tab.page.url.rpartition("/")[2])
    expect(item).to_have_attribute("data-running", "true")
    expect(item).to_have_attribute("data-running", "false")
