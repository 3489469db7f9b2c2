"""The views whose texts must come from a catalogue, each with the function that opens it."""

from collections.abc import Callable

from playwright.sync_api import expect

from browser.chat_page import ChatPage, script
from browser.gate import Gate

TITLE = "Ωδή"
FAST = script(tokens=3)


def ask(tab: ChatPage, model: str) -> None:
    tab.open(f"/c/{tab.create(model=model, title=TITLE)}")
    tab.ask("αβγ")


def show_answer(tab: ChatPage, model: str = FAST, status: str = "complete") -> None:
    ask(tab, model)
    tab.wait_for_end(status)


def show_failed_answer(tab: ChatPage) -> None:
    show_answer(tab, script(status=429, retry_after=30), "failed")
    expect(tab.get("error")).to_be_visible()


def show_refused_answer(tab: ChatPage) -> None:
    show_answer(tab, script(status=401), "failed")
    expect(tab.get("error")).to_be_visible()


def show_stopped_answer(tab: ChatPage) -> None:
    ask(tab, script(tokens=400, rate=40, reasoning=2))
    tab.wait_for_text()
    tab.get("stop").click()
    tab.wait_for_end("stopped")


def show_running_answer(tab: ChatPage) -> None:
    ask(tab, script(tokens=600, rate=10, reasoning=10))
    tab.wait_for_text()


def show_queue(tab: ChatPage) -> None:
    show_running_answer(tab)
    for question in ("αβ", "γδ"):
        tab.ask(question)
    tab.get("composer").fill("εζ")
    expect(tab.get("queued")).to_have_count(2)


def show_held_queue(tab: ChatPage) -> None:
    show_queue(tab)
    tab.get("stop").click()
    tab.wait_for_end("stopped")
    expect(tab.page.locator("[data-stage=held]")).to_have_count(2)


def edit_queued(tab: ChatPage) -> None:
    show_queue(tab)
    tab.get("queue-edit").first.click()
    expect(tab.get("queue-editor")).to_be_focused()


def show_reasoning(tab: ChatPage) -> None:
    ask(tab, script(tokens=40, rate=10, reasoning=600))
    expect(tab.get("reasoning")).to_be_visible()


def open_titled(tab: ChatPage) -> None:
    tab.open_new(model=FAST, title=TITLE)


def under_answer(testid: str, *, shows: str) -> Callable[[ChatPage], None]:
    """Return a view that opens after a click under a complete answer."""

    def view(tab: ChatPage) -> None:
        show_answer(tab)
        tab.answer.hover()
        tab.get(testid).last.click()
        expect(tab.get(shows).first).to_be_visible()

    return view


def in_menu(testid: str = "", *, shows: str) -> Callable[[ChatPage], None]:
    """Return the view of the page's menu, or of what one of its entries opens."""

    def view(tab: ChatPage) -> None:
        open_titled(tab)
        tab.get("more").click()
        if testid:
            tab.get(testid).click()
        expect(tab.get(shows).first).to_be_visible()

    return view


def settings_sheet(name: str) -> Callable[[ChatPage], None]:
    def view(tab: ChatPage) -> None:
        open_titled(tab)
        tab.get("settings-button").click()
        tab.get(f"tab-{name}").click()
        for rare in tab.page.locator("details[data-testid=settings-rare]:visible").all():
            rare.locator("summary").click()
        expect(tab.get(f"sheet-{name}")).to_be_visible()

    return view


def edit_question(tab: ChatPage) -> None:
    show_answer(tab)
    tab.question.hover()
    tab.get("edit").click()
    expect(tab.get("editor")).to_be_visible()


def open_conversation_menu(tab: ChatPage) -> None:
    tab.open()
    conversation_id = tab.create(title=TITLE)
    tab.item(conversation_id).hover()
    tab.item(conversation_id).get_by_test_id("conversation-menu").click()
    expect(tab.get("menu-rename")).to_be_visible()


def delete_conversation(tab: ChatPage) -> None:
    tab.open()
    conversation_id = tab.create(title=TITLE)
    tab.choose(conversation_id, "remove")
    expect(tab.get("toast")).to_be_visible()


def show_archive(tab: ChatPage) -> None:
    tab.open()
    conversation_id = tab.create(title=TITLE)
    tab.choose(conversation_id, "archive")
    tab.get("archived").click()
    expect(tab.item(conversation_id)).to_be_visible()


def search_results(words: str, shows: str) -> Callable[[ChatPage], None]:
    def view(tab: ChatPage) -> None:
        tab.open()
        tab.create(title=TITLE)
        tab.get("search").press_sequentially(words)
        expect(tab.get(shows).first).to_be_visible()

    return view


def open_unknown_conversation(tab: ChatPage) -> None:
    tab.open("/c/0198c0de-0000-7000-8000-000000000000")
    expect(tab.get("toast")).to_be_visible()


def import_broken_file(tab: ChatPage) -> None:
    tab.open()
    tab.get("import-file").set_input_files({"name": "α.json", "mimeType": "application/json", "buffer": b"[{]"})
    expect(tab.get("toast").filter(has_text="⟧ ⟦")).to_be_visible()


def enter_wrong_code(tab: ChatPage) -> None:
    tab.open()
    tab.get("more").click()
    tab.get("menu-join").click()
    expect(tab.get("join-own")).to_be_hidden()
    tab.get("join-code").fill("0000-0000")
    tab.get("join-use").click()
    expect(tab.get("join-problem")).not_to_be_empty()


def sign_in_another_device(tab: ChatPage) -> None:
    """Sign another device of the same owner in."""
    headers = {"Origin": tab.url}
    code = tab.page.request.post(f"{tab.url}/api/session/code", data={}, headers=headers).json()["code"]
    browser = tab.page.context.browser
    assert browser is not None
    other = browser.new_context(user_agent="Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile")
    assert other.request.post(f"{tab.url}/api/session", data={"code": code}, headers=headers).ok
    assert other.request.get(f"{tab.url}/api/conversations").ok
    other.close()


def show_devices(tab: ChatPage) -> None:
    tab.open()
    sign_in_another_device(tab)
    tab.get("more").click()
    tab.get("menu-devices").click()
    expect(tab.get("devices")).to_contain_text("Android")


def ask_to_sign_out(tab: ChatPage) -> None:
    """Ask to sign out on the last device, whatever other views have signed in."""
    tab.open()
    assert tab.page.request.delete(f"{tab.url}/api/sessions", data={}, headers={"Origin": tab.url}).ok
    tab.create(title=TITLE)
    tab.get("more").click()
    tab.get("menu-signOut").click()
    expect(tab.get("sign-out-last")).to_be_visible()


def end_session(tab: ChatPage) -> None:
    """Remove the session's cookie, after the page, which reports the requests that fail without it."""
    tab.page.goto("about:blank")
    tab.page.context.clear_cookies()


def be_signed_out(tab: ChatPage) -> None:
    end_session(tab)
    tab.page.goto(f"{tab.url}/signed-out")
    expect(tab.get("go-on")).to_be_visible()


def fail_to_sign_in(tab: ChatPage) -> None:
    end_session(tab)
    tab.page.goto(tab.url)
    tab.get("password").fill("wrong")
    tab.get("sign-in").click()
    expect(tab.get("problem")).not_to_be_empty()


def show_sign_in_by_code(tab: ChatPage) -> None:
    end_session(tab)
    tab.page.goto(tab.url)
    tab.get("other-way").click()
    expect(tab.get("code")).to_be_focused()


def show_error_page(tab: ChatPage) -> None:
    tab.page.goto(f"{tab.url}/nowhere")
    expect(tab.page.locator("h1")).to_be_visible()


def lose_connection(tab: ChatPage) -> None:
    gate = Gate(int(tab.url.rpartition(":")[2]))
    ChatPage(tab.page, f"http://127.0.0.1:{gate.port}").open()
    gate.cut()
    expect(tab.page.locator("[data-part=notice]")).not_to_be_empty()
    gate.close()


def choose_language(tab: ChatPage) -> None:
    settings_sheet("browser")(tab)
    tab.get("language-ko").check(force=True)
    expect(tab.get("language-use")).to_be_visible()


#: A view with texts of its own is one line here; views.py has the others.
VIEWS: dict[str, Callable[[ChatPage], None]] = {
    "the empty page": lambda tab: expect(tab.open().get("welcome")).to_be_visible(),
    "a complete answer": show_answer,
    "a failed answer": show_failed_answer,
    "an answer refused by the provider": show_refused_answer,
    "a stopped answer": show_stopped_answer,
    "a running answer": show_running_answer,
    "queued questions": show_queue,
    "queued questions on hold": show_held_queue,
    "an edit of a queued question": edit_queued,
    "reasoning before an answer": show_reasoning,
    "the details of an answer": under_answer("details", shows="details-sheet"),
    "the models to regenerate with": under_answer("regenerate-with", shows="menu-model"),
    "the editor of a question": edit_question,
    "the menu of a conversation": open_conversation_menu,
    "a deleted conversation": delete_conversation,
    "the archive": show_archive,
    "search results": search_results(TITLE, "result"),
    "a search without results": search_results("ψψψψ", "found-note"),
    "the menu of the page": in_menu(shows="menu-connect"),
    "the dialog that shows a code": in_menu("menu-connect", shows="code-left"),
    "the dialog to enter a code": in_menu("menu-join", shows="join-code"),
    "a wrong code": enter_wrong_code,
    "the devices": show_devices,
    "the warning before signing out": ask_to_sign_out,
    "the page of who is signed out": be_signed_out,
    "the shortcuts": in_menu("menu-shortcuts", shows="shortcut"),
    **{f"the settings: {name}": settings_sheet(name) for name in ("conversation", "presets", "defaults", "browser")},
    "another language chosen in the settings": choose_language,
    "an unknown conversation": open_unknown_conversation,
    "a file that cannot be imported": import_broken_file,
    "sign-in by password": fail_to_sign_in,
    "sign-in by code": show_sign_in_by_code,
    "a page that does not exist": show_error_page,
    "a lost connection": lose_connection,
}
