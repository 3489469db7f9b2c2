"""A tab whose connection can be cut and restored."""

from playwright.sync_api import Page, expect

from browser.chat_page import ChatPage
from browser.gate import Gate
from support.processes import Server


class CutTab(ChatPage):
    """A tab behind a gate; the server's state is read past the gate."""

    def __init__(self, page: Page, gate: Gate, server: Server) -> None:
        super().__init__(page, f"http://127.0.0.1:{gate.port}")
        self.gate, self.server_url = gate, f"http://127.0.0.1:{server.port}"

    def cut(self) -> None:
        """Cut the connection, and wait until the page says so."""
        self.gate.cut()
        expect(self.get("connection-state")).to_be_visible()

    def mend(self) -> None:
        self.gate.mend()

    def another(self) -> "CutTab":
        """Another tab of the same browser, behind the same gate."""
        other = CutTab.__new__(CutTab)
        ChatPage.__init__(other, self.page.context.new_page(), self.url)
        other.gate, other.server_url = self.gate, self.server_url
        return other

    def stored_questions(self, conversation_id: str) -> list[str]:
        """Return the questions that the server has stored."""
        reply = self.page.request.get(f"{self.server_url}/api/conversations/{conversation_id}")
        return [one["content"] for one in reply.json()["messages"] if one["role"] == "user"]

    @property
    def id(self) -> str:
        return self.page.url.rpartition("/c/")[2]

    @property
    def stages(self) -> list[str | None]:
        """What each unsent message waits for, oldest first."""
        return [one.get_attribute("data-stage") for one in self.page.locator(".pending [data-testid=stage]").all()]
