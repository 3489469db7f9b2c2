"""The thread follows its end until the reader leaves it, whatever folds, grows or is laid out meanwhile."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from browser.chat_page import ChatPage, script, unique
from browser.imported_conversations import import_long_conversation
from browser.scrolling import REST, wait_for_layout, wait_for_rendering

pytestmark = pytest.mark.browser

DESKTOP = {"viewport": {"width": 1000, "height": 700}}
PHONE = {"viewport": {"width": 390, "height": 740}, "has_touch": True, "is_mobile": True}
#: Count each time at which following ends.
COUNT_LOST = """() => {
  globalThis.lost = 0
  new MutationObserver(([{ target }]) => { globalThis.lost += target.hasAttribute("data-following") ? 0 : 1 })
    .observe(document.querySelector("[data-testid=thread]"), { attributeFilter: ["data-following"] })
}"""
AT_END = """() => {
  const it = document.querySelector("[data-testid=thread]")
  return it.hasAttribute("data-following") && it.scrollHeight - it.scrollTop - it.clientHeight < 2
}"""
#: As when a font arrives late: the metrics of all text change.
CHANGE_FONT = "() => { document.body.style.fontFamily = document.body.style.fontFamily ? '' : 'monospace' }"


@pytest.fixture(params=["desktop", "phone"])
def moving_context(new_context: Callable[..., BrowserContext], request: pytest.FixtureRequest) -> BrowserContext:
    """A browser with motion, which most tests do without."""
    return new_context(reduced_motion="no-preference", **{"desktop": DESKTOP, "phone": PHONE}[request.param])


def count_lost(tab: ChatPage) -> Callable[[], int]:
    tab.page.evaluate(COUNT_LOST)
    return lambda: int(tab.page.evaluate("() => globalThis.lost"))


def ask(tab: ChatPage, text: str) -> None:
    """On a touch screen Enter breaks the line."""
    tab.get("composer").fill(text)
    tab.get("send").click()


def expect_at_end(tab: ChatPage, lost: Callable[[], int]) -> None:
    wait_for_layout(tab)
    assert lost() == 0
    assert tab.get("thread").evaluate(REST) < 2
    expect(tab.get("latest")).to_have_count(0)


def test_an_answer_is_followed_when_its_thoughts_fold_at_every_speed(moving_context: BrowserContext, url: str) -> None:
    tabs = []
    for rate in (40, 60, 200):
        tab = ChatPage(moving_context.new_page(), url)
        tab.open_new(model=script(reasoning=rate, tokens=3 * rate, rate=rate))
        tab.page.locator("html").evaluate("(it) => it.style.setProperty('font-size', '150%')")
        tabs.append((tab, count_lost(tab)))
    for tab, _ in tabs:
        ask(tab, unique())
    for tab, lost in tabs:
        tab.wait_for_end()
        assert tab.get("thread").evaluate("(it) => it.scrollTop") > 100
        expect_at_end(tab, lost)


def test_the_demo_that_thinks_is_followed(moving_context: BrowserContext, url: str) -> None:
    tab = ChatPage(moving_context.new_page(), url)
    tab.open_new(model="demo-thinking")
    tab.page.locator("html").evaluate("(it) => it.style.setProperty('font-size', '150%')")
    lost = count_lost(tab)
    ask(tab, unique("think about WebSockets"))
    tab.wait_for_end()
    expect_at_end(tab, lost)


class Schedule:
    """Random acts on a thread while an answer is written: the page's, which must move nobody, and the reader's."""

    def __init__(self, tab: ChatPage, seed: int) -> None:
        self.tab, self.random, self.follows = tab, random.Random(seed), True
        self.of_page = [self.fold, self.resize, self.font]
        self.of_reader = [self.leave, self.leave_slowly, self.find, self.come_back]

    def step(self) -> None:
        # Less text can bring a reader who is near the end to it.
        is_near = not self.follows and self.tab.get("thread").evaluate(REST) < 1500
        act = self.random.choice(self.of_reader if is_near else self.of_page + self.of_reader)
        act()
        wait_for_layout(self.tab)
        state = "following" if self.follows else "away"
        assert self.is_following() is self.follows, f"not {state} after {act.__name__}"
        if self.follows:
            self.tab.page.wait_for_function(AT_END)

    def is_following(self) -> bool:
        return self.tab.get("thread").get_attribute("data-following") is not None

    def one_of(self, selector: str) -> Any:
        return self.random.choice(self.tab.page.locator(selector).all())

    def fold(self) -> None:
        self.one_of("details.reasoning").evaluate("(it) => { it.open = !it.open }")

    def resize(self) -> None:
        """As a picture that arrives, or goes."""
        height = self.random.choice(["", "20px", "300px"])
        self.one_of(".body h2").evaluate("(it, height) => { it.style.height = height }", height)

    def font(self) -> None:
        self.tab.page.evaluate(CHANGE_FONT)

    def leave(self) -> None:
        self.wheel(-self.random.randint(60, 900))

    def leave_slowly(self) -> None:
        self.wheel(-6)

    def wheel(self, by: int) -> None:
        """Scroll until following ends or begins: what lies under the mouse may scroll first."""
        self.follows = by > 0
        self.tab.get("thread").hover()
        for _ in range(200):
            self.tab.page.mouse.wheel(0, by)
            wait_for_layout(self.tab)
            if self.is_following() is self.follows:
                break

    def find(self) -> None:
        """As find-in-page does, without any input: bring a match to the middle."""
        match = self.tab.page.get_by_text(f"답변 {self.random.randint(0, 3)}의 첫 문단")
        match.evaluate("(it) => it.scrollIntoView({ block: 'center' })")
        self.follows = False

    def come_back(self) -> None:
        self.wheel(100_000)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("seed", "motion"), [(2, "no-preference"), (3, "reduce")])
def test_only_the_reader_leaves_the_end(
    new_context: Callable[..., BrowserContext], url: str, seed: int, motion: str
) -> None:
    tab = ChatPage(new_context(reduced_motion=motion, **DESKTOP).new_page(), url)
    tab.open()
    conversation = import_long_conversation(tab, 6, reasoning="생각 " * 300)
    tab.page.request.patch(
        f"{url}/api/conversations/{conversation}",
        data={"model": script(reasoning=60, tokens=4000, rate=80)},
        headers={"Origin": url},
    )
    tab.open(f"/c/{conversation}")
    wait_for_rendering(tab)
    tab.ask(unique())
    schedule = Schedule(tab, seed)
    for _ in range(30):
        schedule.step()
    expect(tab.answer).to_have_attribute("data-status", "running")
