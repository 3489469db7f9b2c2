"""Hostile text in streams, conversations and diagrams stays text and reaches nothing else."""

import random
from typing import Any

import pytest
from playwright.sync_api import expect

from browser.chat_page import ChatPage, script, unique
from browser.conftest import Watch
from browser.hostile import DIAGRAMS, OWN, PAYLOADS
from browser.probe import CANARY, Probe, create_probe

pytestmark = pytest.mark.browser

#: Elements that the page itself never has, and ids that occur twice.
FOREIGN = """() => {
  const ids = Array.from(document.querySelectorAll("[id], body [name]"), ({ id, name }) => id || name).filter(Boolean)
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at)
  const strange = document.querySelectorAll("iframe, object, embed, video, audio, base, style, form[action]")
  const scripts = document.querySelectorAll("script:not([type='application/json']):not([src^='/static/'])")
  return [...twice, ...Array.from([...strange, ...scripts], ({ outerHTML }) => outerHTML.slice(0, 200))]
}"""


def test_hostile_diagrams_send_no_request(probe: Probe, watch: Watch) -> None:
    # The browser reports what the sandbox's policy does not let a diagram load or run.
    watch.expect("Content Security Policy", "CSP violation", "@import rules are not allowed here")
    probe.run([[f"```mermaid\n{source}\n```"] for source in DIAGRAMS], together=3)


def conversation(number: int, texts: list[str]) -> dict[str, Any]:
    """Return a conversation with each text as question, answer and reasoning, and with texts as title and models."""
    messages: list[dict[str, Any]] = []
    for n, text in enumerate(texts):
        parent = messages[-1]["id"] if messages else None
        question = {"id": f"q{n}", "parent_id": parent, "role": "user", "content": text, "created_at": n}
        answer = {
            "id": f"a{n}",
            "parent_id": f"q{n}",
            "role": "assistant",
            "content": text,
            "reasoning": text,
            "created_at": n,
        }
        messages += [question, answer | {"model": words(text)[:200] or "model"}]
    about = {
        "id": f"c{number}",
        "title": words(texts[0])[:200],
        "created_at": 1,
        "updated_at": 1,
        "model": words(texts[-1])[:200],
    }
    return about | {"active_leaf_id": messages[-1]["id"], "messages": messages}


def words(text: str) -> str:
    """Return the printable characters of a text, as in a name."""
    return "".join(one for one in text if one.isprintable()).strip()


def test_hostile_conversations_are_shown_as_text(tab: ChatPage) -> None:
    tab.page.add_init_script(CANARY)
    tab.open()
    sample = [
        payload
        for kind in PAYLOADS.values()
        for payload in kind
        if "\0" not in payload and len(payload) < 600 and payload.isprintable()
    ]
    texts = random.Random(7).sample(sample, 60) + OWN["markdown"][:40]
    conversations = [conversation(n, texts[n * 25 :][:25]) for n in range(4)]
    file = {"format": "chatapp", "version": 1, "conversations": conversations}
    reply = tab.page.request.post(f"{tab.url}/api/conversations/import", data=file, headers={"Origin": tab.url})
    assert reply.status == 201, reply.text()
    for made in reply.json()["conversations"]:
        tab.open(f"/c/{made['id']}")
        expect(tab.body).to_have_attribute("data-finished", "")
        probe = create_probe(tab)
        for body in tab.page.locator("[data-testid=message][data-role=assistant] [data-testid=body]").all():
            assert probe.problems_in(body.element_handle()) == []
        assert tab.page.evaluate(FOREIGN) == []
        assert probe.leaks == []


def test_a_hostile_answer_streams_into_the_page_as_text(tab: ChatPage) -> None:
    tab.page.add_init_script(CANARY)
    text = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) ![b](https://evil.example/?q=1) <script>"
    tab.open_new(model=script(text=text, piece=3, rate=60))
    tab.ask(unique())
    tab.wait_for_end()
    probe = create_probe(tab)
    assert probe.problems_in(tab.body.element_handle()) == []
    expect(tab.body).to_contain_text("<img src=x onerror=alert(1)> [a](javascript:alert(1)) b evil.example <script>")
    assert tab.page.evaluate(FOREIGN) == []


def test_a_huge_formula_does_not_cover_controls(tab: ChatPage) -> None:
    huge = r"$\raisebox{-15em}{\color{red}\rule{20em}{20em}}$ $\kern-20em\rule{20em}{20em}$"
    tab.open_new(model=script(text=huge, piece=200))
    tab.ask(unique())
    tab.wait_for_end()
    expect(tab.body.locator(".katex").first).to_be_visible()
    for testid in ("composer", "model", "new-chat"):
        tab.get(testid).click(trial=True)
