"""Conversations with their tabs, and answers that run in all of them at once."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.session import Session
from bench.tab import Tab

CONVERSATIONS_PER_OWNER = 10
# Answers do not begin in step in real life; if they did here, all tokens of a moment would share a commit.
STAGGER_SECONDS = 1.0

Result = TypeVar("Result")


@dataclass
class Conversation:
    """A conversation, the tabs that show it, and a question that nobody else asks."""

    id: str
    session: Session
    tabs: list[Tab]
    question: str

    async def ask(self, model: str) -> None:
        """Send the question from the first tab."""
        client_id = str(uuid.uuid4())
        await self.tabs[0].ask(
            "send_message", conversation_id=self.id, client_message_id=client_id, content=self.question, model=model
        )

    def saved_text(self) -> str:
        """Return the answer as the server keeps it."""
        text: str = self.session.last_message(self.id)["content"]
        return text

    def damage(self) -> list[str]:
        """Return what is wrong with the answer in any tab: every entry must be there, once, and make the text."""
        saved = self.saved_text()
        wrong = []
        for number, tab in enumerate(self.tabs, 1):
            entries = [entry for _, entry in tab.heard.entries()]
            end = tab.heard.ended.result()
            if [entry["seq"] for entry in entries] != list(range(1, end["seq"])):
                wrong.append(f"tab {number} of {self.id} did not get every entry once and in order")
            if "".join(entry["text"] for entry in entries) != saved or end["status"] != "complete":
                wrong.append(f"tab {number} of {self.id} does not show the saved text ({end['status']})")
        return wrong


async def open_conversations(port: int, count: int, tabs: int) -> list[Conversation]:
    """Open conversations of several owners; every tab is in its room before anything is asked."""
    opened: list[Conversation] = []
    for number in range(count):
        session = opened[-1].session if number % CONVERSATIONS_PER_OWNER else Session(port)
        conversation_id = session.new_conversation()
        connected = [await open_tab(port, session, conversation_id) for _ in range(tabs)]
        opened.append(Conversation(conversation_id, session, connected, f"Count. {uuid.uuid4()}"))
    return opened


async def open_tab(port: int, session: Session, conversation_id: str) -> Tab:
    """Connect a tab, and have it show a conversation."""
    tab = await Tab.connect(port, session.cookie)
    await tab.ask("open_conversation", conversation_id=conversation_id)
    return tab


async def staggered(starts: Sequence[Awaitable[Result]]) -> list[Result]:
    """Begin each at a moment of its own, spread over a second, the same ones at every run."""
    dice = random.Random(len(starts))

    async def later(seconds: float, start: Awaitable[Result]) -> Result:
        await asyncio.sleep(seconds)
        return await start

    return await asyncio.gather(*(later(dice.uniform(0, STAGGER_SECONDS), start) for start in starts))
