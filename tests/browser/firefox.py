"""A real Firefox, driven over WebDriver BiDi: its process and its user contexts."""

import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any

from support.bidi import Bidi
from support.client import Client
from support.processes import clean_environment
from support.waiting import LIMIT, eventually

#: Beside the preferences that Firefox sets itself when it is driven.
PREFERENCES = {
    # Nothing leaves the machine: there is no proxy at that address, and loopback needs none.
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    # Processes in reserve cost more than the pages.
    "dom.ipc.processPrelaunch.enabled": False,
    "browser.newtab.preload": False,
    "browser.startup.page": 0,
    # A mouse, which a headless Firefox does not have: fine, and it hovers.
    "ui.primaryPointerCapabilities": 6,
    "ui.allPointerCapabilities": 6,
}
#: What is given and returned is JSON, so that nothing else needs to be converted.
CALL = "async (given) => JSON.stringify(await ({})(...JSON.parse(given))) ?? 'null'"


class Firefox:
    """One process; each user context is a browser without cookies and stored data."""

    def __init__(self, path: str, folder: Path) -> None:
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
        (folder / "user.js").write_text("\n".join(lines))
        self._log = (folder / "firefox.log").open("wb")
        options = ["--headless", "--no-remote", "--remote-debugging-port=0", "--remote-allow-system-access"]
        self._process = subprocess.Popen(
            [path, *options, "--profile", str(folder)],
            env=clean_environment(),
            stdout=self._log,
            stderr=self._log,
        )
        try:
            self.bidi = Bidi(f"ws://127.0.0.1:{self._port(folder)}/session")
        except BaseException:
            self._process.kill()
            raise
        self.bidi.command("session.new", capabilities={})
        self.bidi.command("session.subscribe", events=["log.entryAdded"])

    def _port(self, folder: Path) -> int:
        def find() -> int:
            assert self._process.poll() is None, "Firefox ended"
            with contextlib.suppress(OSError, ValueError):
                return int(json.loads((folder / "WebDriverBiDiServer.json").read_text())["ws_port"])
            return 0

        return eventually(find, every=0.05, what="the port of WebDriver BiDi")

    def create_user_context(self, client: Client) -> str:
        """Create a browser without stored data that has this session; return its id."""
        user_context: str = self.bidi.command("browser.createUserContext")["userContext"]
        for name, value in client.cookies.items():
            cookie = {
                "name": name,
                "value": {"type": "string", "value": value},
                "domain": "127.0.0.1",
                "httpOnly": True,
            }
            partition = {"type": "storageKey", "userContext": user_context}
            self.bidi.command("storage.setCookie", cookie=cookie, partition=partition)
        return user_context

    def remove_user_context(self, user_context: str) -> None:
        """Close its tabs, and forget what it stored."""
        self.bidi.command("browser.removeUserContext", userContext=user_context)

    def take_errors(self) -> list[str]:
        """Return what the tabs logged as errors and warnings since the last time."""
        entries = [event["params"] for event in self.bidi.events if event["method"] == "log.entryAdded"]
        self.bidi.events.clear()
        return [f"{it['level']}: {it['text']}" for it in entries if it["level"] in {"error", "warn"}]

    def in_chrome(self, function: str, *given: Any) -> Any:
        """Call a function of JavaScript in the window of the browser itself."""
        contexts = self.bidi.command("browsingContext.getTree", **{"moz:scope": "chrome"})["contexts"]
        return call(self.bidi, contexts[0]["context"], function, *given)

    def close(self) -> None:
        self.bidi.command("browser.close")
        self.bidi.close()
        try:
            self._process.wait(LIMIT)
        finally:
            self._process.kill()
            self._log.close()


def call(bidi: Bidi, context: str, function: str, *given: Any) -> Any:
    """Call a function of JavaScript; what is given and returned is JSON."""
    result = bidi.command(
        "script.callFunction",
        functionDeclaration=CALL.replace("{}", function, 1),
        arguments=[{"type": "string", "value": json.dumps(given)}],
        target={"context": context},
        awaitPromise=True,
    )
    assert result["type"] == "success", result["exceptionDetails"]["text"]
    return json.loads(result["result"]["value"])
