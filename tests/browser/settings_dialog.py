"""What tests do in the dialog of the settings."""

from typing import Any

from playwright.sync_api import expect

from browser.chat_page import ChatPage, script

FAST = script(tokens=2)


def show(tab: ChatPage, sheet: str = "conversation") -> None:
    tab.get("settings-button").click()
    tab.get(f"tab-{sheet}").click()


def close(tab: ChatPage) -> None:
    tab.get("dialog-close").locator("visible=true").click()
    expect(tab.get("settings")).to_be_hidden()


def write(tab: ChatPage, name: str, text: str) -> None:
    """Fill a field and leave it, which saves it."""
    tab.get(f"setting-{name}").fill(text)
    tab.get(f"setting-{name}").blur()


def save_preset(tab: ChatPage, name: str) -> None:
    tab.get("preset-name").fill(name)
    tab.get("preset-save").click()
    expect(preset(tab, name)).to_be_visible()


def preset(tab: ChatPage, name: str) -> Any:
    return tab.get("preset").filter(has_text=name)


def saved_settings(tab: ChatPage) -> dict[str, Any]:
    """Return the open conversation's settings as the server has them."""
    conversation_id = tab.page.url.rpartition("/c/")[2]
    return tab.page.request.get(f"{tab.url}/api/conversations/{conversation_id}").json()["conversation"]


def set_defaults(tab: ChatPage, **fields: Any) -> None:
    tab.open()  # for the session's cookie
    reply = tab.page.request.put(f"{tab.url}/api/settings", data=fields, headers={"Origin": tab.url})
    assert reply.ok
