"""A tab of a real Firefox: what tests do on it and read from it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from browser.chat_page import RENDERED
from browser.firefox import Firefox, call
from support.client import Client
from support.waiting import eventually

#: The newest visible element of a test id.
FIND = """((testid) =>
  [...document.querySelectorAll(`[data-testid=${testid}]`)].filter((it) => it.checkVisibility()).at(-1))"""
CENTRE = f"""(testid) => {{
  const found = {FIND}(testid)
  if (!found || found.disabled) return null
  found.scrollIntoView({{ block: "nearest" }})
  const {{ x, y, width, height }} = found.getBoundingClientRect()
  return [x + width / 2, y + height / 2].map(Math.round)
}}"""
ANSWER = """() => {
  const answer = [...document.querySelectorAll("[data-testid=message][data-role=assistant]")].at(-1)
  const body = answer?.querySelector("[data-testid=body]")
  return { status: answer?.dataset.status ?? null, text: body?.textContent ?? "", busy: body?.ariaBusy === "true" }
}"""
KEYS = {"Enter": "\ue007"}


class FirefoxTab:
    """One tab. What the server has stored is read beside the browser."""

    def __init__(self, firefox: Firefox, user_context: str, client: Client) -> None:
        self._bidi, self.firefox, self.user_context = firefox.bidi, firefox, user_context
        self.client, self.url = client, client.origin
        created = self._bidi.command("browsingContext.create", type="tab", userContext=user_context)
        self.context: str = created["context"]

    def call(self, function: str, *given: Any) -> Any:
        """Call a function of JavaScript in the page."""
        return call(self._bidi, self.context, function, *given)

    def wait_for(self, function: str, *given: Any) -> Any:
        """Wait until such a function returns something true, and return it."""
        return eventually(lambda: self.call(function, *given), every=0.05, what=lambda: f"{function} {given}")

    def wait_until_visible(self, testid: str) -> None:
        self.wait_for(f"(testid) => Boolean({FIND}(testid))", testid)

    def goto(self, url: str) -> None:
        self._bidi.command("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def open(self, path: str = "/") -> "FirefoxTab":
        """Go to an address, and wait until the tab is connected."""
        self.goto(self.url + path)
        self.wait_for(f"() => {FIND}('model')?.disabled === false")
        return self

    def open_new(self, **fields: Any) -> "FirefoxTab":
        """Create a conversation with these fields and open it; its model scripts the answers."""
        reply = self.client.post("/api/conversations", fields)
        assert reply.status == 201, reply.body
        return self.open(f"/c/{reply.json['conversation']['id']}")

    def reload(self) -> None:
        self._bidi.command("browsingContext.reload", context=self.context, wait="complete")

    def go_back(self) -> None:
        self._bidi.command("browsingContext.traverseHistory", context=self.context, delta=-1)

    def activate(self) -> None:
        """Bring the tab to the front."""
        self._bidi.command("browsingContext.activate", context=self.context)

    def click(self, testid: str) -> None:
        """Click the newest element of a test id, once it is visible and enabled."""
        x, y = self.wait_for(CENTRE, testid)
        actions = [
            {"type": "pointerMove", "x": x, "y": y},
            *({"type": f"pointer{it}", "button": 0} for it in ("Down", "Up")),
        ]
        self._act(type="pointer", id="mouse", actions=actions)

    def press(self, keys: str) -> None:
        """Press a key by its name, or type text."""
        actions = [
            {"type": kind, "value": key}
            for key in ([KEYS[keys]] if keys in KEYS else keys)
            for kind in ("keyDown", "keyUp")
        ]
        self._act(type="key", id="keyboard", actions=actions)

    def _act(self, **source: Any) -> None:
        self._bidi.command("input.performActions", context=self.context, actions=[source])

    def ask(self, text: str) -> None:
        self.click("composer")
        self.press(text)
        self.press("Enter")

    def set_file(self, testid: str, file: Path) -> None:
        locator = {"type": "css", "value": f"[data-testid={testid}]"}
        found = self._bidi.command("browsingContext.locateNodes", context=self.context, locator=locator)["nodes"][0]
        element = {"sharedId": found["sharedId"]}
        self._bidi.command("input.setFiles", context=self.context, element=element, files=[str(file)])

    @contextlib.contextmanager
    def offline(self) -> Iterator[None]:
        """Take the network away from the browser."""
        self._set_network({"type": "offline"})
        yield
        self._set_network(None)

    def _set_network(self, conditions: dict[str, str] | None) -> None:
        contexts = [self.user_context]
        self._bidi.command("emulation.setNetworkConditions", networkConditions=conditions, userContexts=contexts)

    def set_viewport(self, width: int, height: int) -> None:
        viewport = {"width": width, "height": height}
        self._bidi.command("browsingContext.setViewport", context=self.context, viewport=viewport)

    @property
    def answer(self) -> dict[str, Any]:
        """Status and text of the newest answer."""
        return self.call(ANSWER)

    @property
    def composer(self) -> str:
        return self.call(f"() => {FIND}('composer').value")

    @property
    def questions(self) -> list[str]:
        """The questions that the page shows."""
        return self.call(
            """() => [...document.querySelectorAll("[data-testid=message][data-role=user] [data-testid=body]")]
              .map((it) => it.textContent.trim())"""
        )

    @property
    def id(self) -> str:
        """The open conversation."""
        return self.call("() => location.pathname").rpartition("/c/")[2]

    def wait_for_text(self) -> str:
        """Wait until the newest answer shows text and still runs; return the text."""
        answer = eventually(
            lambda: (found := self.answer)["text"] and found, every=0.05, what=lambda: f"text in {self.answer}"
        )
        assert answer["status"] == "running"
        return answer["text"]

    def wait_for_end(self, status: str = "complete") -> str:
        """Wait for the end of the newest answer; return its text."""
        eventually(
            lambda: (found := self.answer)["status"] == status and not found["busy"],
            every=0.05,
            what=lambda: f"the end {status} of {self.answer}",
        )
        return self.answer["text"]

    def saved(self) -> list[dict[str, Any]]:
        """Return the messages of the active path as the server has them."""
        return list(self.client.saved(self.id).values())

    def rendered(self) -> str:
        """Return the text that the page shows for the answer that the server has."""
        return self.call(RENDERED, self.saved()[-1]["content"])
