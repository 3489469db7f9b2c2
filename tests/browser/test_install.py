"""The page as an app: it can be installed, and opens while the server does not answer."""

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browser.chat_page import ChatPage, script, unique
from browser.conftest import Watch
from browser.gate import Gate
from support.paths import ROOT
from support.processes import Server
from support.waiting import eventually

pytestmark = pytest.mark.browser

CACHED_TEXTS = """async () => {
  const texts = {}
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const { url } of await cache.keys()) {
      texts[new URL(url).pathname] = await (await cache.match(url, { ignoreVary: true })).text()
    }
  }
  return texts
}"""
IS_UNREGISTERED = (
    """async () => (await caches.keys()).length + (await navigator.serviceWorker.getRegistrations()).length === 0"""
)
BOOT = "() => JSON.parse(document.getElementById('boot').textContent)"
SCRIPTS = (
    "() => performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('/static/'))"
)
COPIED = ("wsgi.py", "gunicorn.conf.py", "chatapp", "migrations", "static", "templates")

#: The browser's errors for a server that cannot be reached.
AWAY = ("ERR_", "WebSocket")


@pytest.fixture
def context(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    """A browser that allows service workers."""
    return new_context(service_workers="allow")


@pytest.fixture
def app(page: Page, gate: Gate) -> ChatPage:
    """A tab on the shared server, behind a gate."""
    return ChatPage(page, f"http://127.0.0.1:{gate.port}")


def expect_offline(app: ChatPage) -> None:
    expect(app.get("connection-state")).to_have_attribute("data-state", "offline")


def expect_online(app: ChatPage) -> None:
    expect(app.get("model")).to_be_enabled()
    expect(app.get("connection-state")).to_have_count(0)


@pytest.fixture
def other_site() -> Iterator[int]:
    """The port of another site, which answers 404 to everything."""
    with serve_status(404) as port:
        yield port


@contextlib.contextmanager
def serve_status(status: int) -> Iterator[int]:
    """Run a server that answers every request with this status; yield its port."""

    class Nothing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(status)

        do_HEAD = do_GET  # noqa: N815 (named by the method)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name of the overridden one)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Nothing)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_the_browser_finds_the_page_installable(full_chromium: Browser, url: str) -> None:
    app = ChatPage(full_chromium.new_page(), url).open()
    app.wait_until_cached()
    browser = app.page.context.new_cdp_session(app.page)
    assert browser.send("Page.getAppManifest")["errors"] == []
    # Contexts of a test are private windows, in which nothing can be installed.
    errors = {error["errorId"] for error in browser.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert errors == {"in-incognito"}


def test_the_page_opens_offline_with_its_draft_and_reconnects(app: ChatPage, gate: Gate, watch: Watch) -> None:
    watch.expect(*AWAY)
    app.open()
    app.wait_until_cached()
    app.get("composer").fill("half a thought")
    gate.cut()
    app.page.reload()
    expect_offline(app)
    expect(app.get("composer")).to_have_value("half a thought")
    expect(app.get("conversations")).to_contain_text("when you're back online")
    app.page.goto(f"{app.url}/c/0198c0de-0000-7000-8000-000000000000")
    expect_offline(app)
    app.page.goto(app.url)
    expect_offline(app)
    gate.mend()
    expect_online(app)
    expect(app.get("composer")).to_have_value("half a thought")
    app.get("composer").press("Enter")
    app.wait_for_end()


def test_a_conversation_opened_offline_says_when_its_messages_will_appear(
    app: ChatPage, gate: Gate, watch: Watch
) -> None:
    watch.expect(*AWAY)
    title = unique("title")
    app.open_new(title=title, model=script(tokens=5))
    app.ask(unique())
    app.wait_for_end()
    app.wait_until_cached()
    gate.cut()
    app.page.reload()
    expect_offline(app)
    note, shown = app.get("thread-note"), app.page.locator("[data-part=title]")
    expect(note).to_have_text("Earlier messages will appear when you're back online.")
    expect(shown).to_have_text("chatapp")
    app.ask(unique())
    expect(app.get("put-back")).to_be_visible()
    expect(note).to_be_visible()
    gate.mend()
    expect_online(app)
    expect(note).to_have_count(0)
    expect(shown).to_have_text(title)
    expect(app.get("message")).to_have_count(4)


def test_the_servers_response_is_shown_while_it_is_reachable(app: ChatPage, watch: Watch) -> None:
    watch.expect("404")
    app.open()
    app.wait_until_cached()
    app.page.reload()
    assert app.page.evaluate("() => navigator.serviceWorker.controller !== null")
    assert "offline" not in app.page.evaluate(BOOT)
    assert app.page.goto(f"{app.url}/c/nothing/here").status == 404
    assert app.page.goto(f"{app.url}/shell").url == f"{app.url}/", "a person is redirected from the shell to the page"


def test_the_offline_cache_holds_no_personal_data(app: ChatPage) -> None:
    app.open_new(title=unique("title"), model=script(tokens=5))
    app.ask(unique())
    app.wait_for_end()
    (message, answer), owner = app.saved(), app.page.evaluate(BOOT)["owner"]
    app.wait_until_cached()
    app.page.reload()
    expect(app.body).to_have_text(answer["content"])
    texts = app.page.evaluate(CACHED_TEXTS)
    assert {path for path in texts if not path.startswith("/static/")} == {"/shell"}
    secrets = [owner, message["content"], message["id"], answer["content"], app.page.url.rpartition("/")[2]]
    assert [path for path, text in texts.items() if any(secret in text for secret in secrets)] == []
    assert '"owner": null' in texts["/shell"]


def test_a_response_of_another_site_is_shown_and_the_service_worker_unregisters(
    app: ChatPage, gate: Gate, other_site: int, watch: Watch
) -> None:
    watch.expect(*AWAY, "404")
    app.open()
    app.wait_until_cached()
    gate.cut()
    gate.target = other_site
    gate.mend()
    assert app.page.goto(app.url).status == 404
    eventually(lambda: app.page.evaluate(IS_UNREGISTERED), within=15, what="the worker's end")


def test_the_page_opens_while_the_server_does_not_respond(app: ChatPage, gate: Gate, watch: Watch) -> None:
    watch.expect(*AWAY)
    app.open()
    app.wait_until_cached()
    gate.stall()
    app.page.reload()
    expect_offline(app)
    gate.mend()
    expect_online(app)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxys_error_does_not_replace_the_page(app: ChatPage, gate: Gate, watch: Watch, status: int) -> None:
    watch.expect(*AWAY, str(status))
    app.open()
    app.wait_until_cached()
    ours = gate.target
    with serve_status(status) as gate.target:
        gate.cut()
        gate.mend()
        app.page.reload()
        expect_offline(app)
        gate.target = ours
        gate.cut()
        gate.mend()
        expect_online(app)


def test_the_shell_leads_to_the_sign_in_page_after_a_change_of_password(
    new_server: Callable[..., Server], page: Page, watch: Watch
) -> None:
    watch.expect(*AWAY, "401")
    server = new_server(CHATAPP_PASSWORD="correct horse battery")
    app = ChatPage(page, f"http://127.0.0.1:{server.port}")
    page.goto(app.url)
    app.get("password").fill("correct horse battery")
    app.get("sign-in").click()
    expect_online(app)
    app.wait_until_cached()
    server.terminate()
    server.wait()
    page.reload()
    expect_offline(app)
    server.env["CHATAPP_PASSWORD"] = "another one now"
    server.start()
    expect(app.get("sign-in")).to_be_visible()


@pytest.fixture
def copied_server(new_server: Callable[..., Server], tmp_path: Path) -> Server:
    """A server that runs a copy of the code."""
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)  # what Python compiled included
        else:
            shutil.copy(ROOT / name, folder / name)
    server = new_server(start=False)
    server.cwd = folder
    return server.start()


def test_an_edited_file_is_shown_at_once_and_the_shell_is_replaced_as_a_whole(
    copied_server: Server, page: Page, watch: Watch
) -> None:
    watch.expect(*AWAY)
    app = ChatPage(page, f"http://127.0.0.1:{copied_server.port}").open()
    (first,) = app.wait_until_cached()
    before = {name.split("/")[4] for name in page.evaluate(SCRIPTS)}
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    sheet = copied_server.cwd / "static" / "css" / "base.css"
    sheet.write_text(f"{sheet.read_text()}\n:root {{ --edited: 1 }}\n")
    page.reload()
    assert page.evaluate("() => getComputedStyle(document.documentElement).getPropertyValue('--edited')") == "1"
    eventually(
        lambda: len(names := app.wait_until_cached()) == 1 and names != [first], within=15, what="the next worker"
    )
    expect_online(app)
    assert loads == [f"{app.url}/"], "the page never reloads by itself"
    copied_server.terminate()
    copied_server.wait()
    page.reload()
    expect_offline(app)
    after = {name.split("/")[4] for name in page.evaluate(SCRIPTS)}
    assert len(before) == len(after) == 1, "all files are of one version"
    assert before != after
