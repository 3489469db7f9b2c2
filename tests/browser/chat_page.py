"""Page object of the chat page: what tests do on it and read from it."""

import uuid
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect

RENDERED = """async content => {
  const script = document.querySelector("script[type=module]").src
  const { Rendering } = await import(new URL("markdown/rendering.js", script).href)
  const element = document.createElement("div")
  const rendering = new Rendering({ element, context: { t: key => key, announce() {} }, docId: "" })
  rendering.replace(content)
  rendering.finish()
  await rendering.settled
  return element.textContent
}"""

SCROLLS_SIDEWAYS = """() => [document.documentElement, document.querySelector('[data-testid=thread]')]
  .some(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)"""

WAIT_UNTIL_CACHED = """async () => {
  const { active } = await navigator.serviceWorker.ready
  while (active.state !== "activated") {
    await new Promise((resolve) => active.addEventListener("statechange", resolve, { once: true }))
  }
  return caches.keys()
}"""


def unique(words: str = "question") -> str:
    """Return text that no other test asks, so that no saved or shared answer comes into it."""
    return f"{words} {uuid.uuid4().hex}"


def script(**keys: object) -> str:
    """Return the model name that scripts the upstream."""
    return f"script?{urlencode(keys)}"


class ChatPage:
    """One tab."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url

    def get(self, testid: str) -> Locator:
        return self.page.get_by_test_id(testid)

    def open(self, path: str = "/") -> "ChatPage":
        """Go to an address, and wait until the models have come; the connection may come later."""
        self.page.goto(self.url + path)
        expect(self.get("model")).to_be_enabled()
        return self

    def open_new(self, **fields: Any) -> "ChatPage":
        """Create a conversation with these fields and open it; its model scripts the answers."""
        return self.open(f"/c/{self.create(**fields)}")

    def begin_session(self) -> None:
        """Begin a session, as the page does, unless there is one."""
        if not self.page.context.cookies(self.url):
            self.page.request.get(self.url)

    def create(self, **fields: Any) -> str:
        """Create a conversation, as another client of the session would; return its id."""
        self.begin_session()
        reply = self.page.request.post(f"{self.url}/api/conversations", data=fields, headers={"Origin": self.url})
        assert reply.status == 201, reply.text()
        return reply.json()["conversation"]["id"]

    @property
    def owner(self) -> str:
        """The owner for whom the page is shown."""
        return str(self.page.evaluate("() => JSON.parse(document.getElementById('boot').textContent).owner"))

    def wait_until_cached(self) -> list[str]:
        """Wait until the service worker has cached the page; return the names of the caches."""
        names: list[str] = self.page.evaluate(WAIT_UNTIL_CACHED)
        return names

    def saved(self) -> list[dict[str, Any]]:
        """Return the messages of the active path as the server has them."""
        conversation_id = self.page.url.rpartition("/c/")[2]
        return self.page.request.get(f"{self.url}/api/conversations/{conversation_id}").json()["messages"]

    def ask(self, text: str) -> None:
        self.get("composer").fill(text)
        self.get("composer").press("Enter")

    def wait_for_end(self, status: str = "complete") -> None:
        expect(self.answer).to_have_attribute("data-status", status)

    def wait_for_text(self) -> None:
        """Wait until the newest answer shows text and still runs."""
        expect(self.body).not_to_be_empty()
        expect(self.answer).to_have_attribute("data-status", "running")

    @property
    def answer(self) -> Locator:
        """The newest answer."""
        return self.page.locator("[data-testid=message][data-role=assistant]").last

    @property
    def question(self) -> Locator:
        """The newest question."""
        return self.page.locator("[data-testid=message][data-role=user]").last

    @property
    def body(self) -> Locator:
        return self.answer.get_by_test_id("body")

    @property
    def text(self) -> str:
        """The text of the newest answer; once it has ended, the final one."""
        if self.answer.get_attribute("data-status") != "running":
            expect(self.body).to_have_attribute("aria-busy", "false")
        return self.body.text_content() or ""

    def rendered(self, content: str) -> str:
        """Return the text that the page shows for a saved Markdown source."""
        return self.page.evaluate(RENDERED, content)

    def item(self, conversation_id: str) -> Locator:
        """A conversation in the list."""
        return self.page.locator(f"[data-testid=conversation][data-conversation-id='{conversation_id}']")

    def choose(self, conversation_id: str, action: str) -> None:
        """Choose an action in the menu of a conversation in the list."""
        self.item(conversation_id).hover()
        self.item(conversation_id).get_by_test_id("conversation-menu").click()
        self.get(f"menu-{action}").click()

    def model_option(self, model: str = "") -> Locator:
        """A model in the open list, by its id; without one, the entry that asks for another name."""
        return self.page.locator(f'[data-testid=models-option][data-id="{model}"]')

    def choose_model(self, model: str = "") -> None:
        """Choose a model in the list, by its id; without one, the entry that asks for another name."""
        self.get("model").click()
        self.model_option(model).click()

    def scrolls_sideways(self) -> bool:
        """Tell whether the page or its thread is wider than the window."""
        return self.page.evaluate(SCROLLS_SIDEWAYS)
