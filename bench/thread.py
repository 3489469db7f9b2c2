"""Benchmark: a long conversation in the page on a slow device. Open it, scroll it, jump to its beginning."""

import json
import urllib.parse
from argparse import Namespace
from typing import Any

from playwright.sync_api import Browser, Page

from bench.page import chromium, new_page
from bench.processes import running_server, running_upstream
from bench.report import Figures, Report, percentiles

#: A short conversation of a screen or two, for comparison: the minimal cost of opening.
SHORT = 4
WHEEL_STEPS = 180
WHEEL_PIXELS = 100
ANSWER = """## {n}

답변 {n}의 첫 문단입니다. 글이 길어지면 줄이 바뀌고, 창의 너비에 따라 높이가 달라집니다. The second sentence is `{n}`.

- 하나
- 둘

| 방식 | 값 |
|---|---|
| 가 | {n} |

```python
for chunk in stream({n}):
    yield chunk
```
"""

#: The milliseconds from the navigation until the newest answer is painted and in view; 0 before.
SHOWN = """() => {
  const last = [...document.querySelectorAll("article[data-role=assistant]")].at(-1)
  if (!last || last.dataset.waiting !== undefined) return 0
  const code = last.querySelector("figure")?.getBoundingClientRect()
  return code && code.bottom > 0 && code.bottom <= innerHeight ? performance.now() : 0
}"""
AT_BEGINNING = """() => {
  const first = document.querySelector("article")
  const there = first && first.dataset.waiting === undefined && first.textContent.includes("질문 0.")
  return there && first.getBoundingClientRect().bottom > 0 ? performance.now() : 0
}"""
FRAMES = """() => {
  window.frames_ = []
  let last = performance.now()
  const next = (now) => { window.frames_.push(now - last); last = now; window.frame_ = requestAnimationFrame(next) }
  window.frame_ = requestAnimationFrame(next)
}"""


def run(options: Namespace) -> Report:
    """Open and scroll a conversation of `--thread` messages, and open a short one, each in a new browser context."""
    report = Report(f"thread: CPU {options.slowdown:g} times slower")
    with running_upstream() as source, chromium() as browser, running_server(source.port) as server:
        url = f"http://127.0.0.1:{server.port}"
        for _ in range(options.repeat):
            for messages in (SHORT, options.thread):
                report.add(f"{messages:,} messages", measure(browser, url, messages, options))
    return report


def measure(browser: Browser, url: str, messages: int, options: Namespace) -> Figures:
    page = new_page(browser)
    page.goto(url)
    address = f"{url}/c/{import_conversation(page, url, messages)}"
    page.goto(address)  # to warm the cache
    page.wait_for_function(SHOWN)
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": options.slowdown})
    page.goto(address)
    opened = page.wait_for_function(SHOWN).json_value()
    figures: Figures = {"opened to painted, ms": opened, **tasks(page, "opening")}
    if messages > SHORT:
        figures |= measure_scrolling(page) | {"heap, MB": heap(session)}
    page.context.close()
    return figures


def measure_scrolling(page: Page) -> Figures:
    page.mouse.move(700, 400)
    page.evaluate("() => window.probe.begin()")
    page.evaluate(FRAMES)
    for _ in range(WHEEL_STEPS):
        page.mouse.wheel(0, -WHEEL_PIXELS)
        page.wait_for_timeout(1000 / 60)
    frames: list[float] = page.evaluate("() => { cancelAnimationFrame(window.frame_); return window.frames_ }")
    wheel = percentiles(frames, "wheel: frame", "ms", scale=1) | tasks(page, "wheel")
    page.evaluate("() => window.probe.begin()")
    started: float = page.evaluate("() => performance.now()")
    page.get_by_test_id("thread").focus()
    page.keyboard.press("Home")
    ended: float = page.wait_for_function(AT_BEGINNING, timeout=120_000).json_value()
    return wheel | {"to the beginning, ms": ended - started, **tasks(page, "to the beginning")}


def tasks(page: Page, name: str) -> Figures:
    """Return the figures of the long tasks since `probe.begin()`."""
    found: list[float] = page.evaluate("() => window.probe.end().tasks")
    return {f"{name}: tasks over 50 ms": len(found), f"{name}: longest of these, ms": max(found, default=0.0)}


def heap(session: Any) -> float:
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["JSHeapUsedSize"]) / 1e6


def import_conversation(page: Page, url: str, count: int) -> str:
    """Import a conversation with `count` messages. Returns its id."""
    messages = []
    for number in range(count):
        n, role = number // 2, ("user", "assistant")[number % 2]
        content = f"질문 {n}." if role == "user" else ANSWER.format(n=n)
        parent = f"m{number - 1}" if number else None
        messages.append(
            {"id": f"m{number}", "parent_id": parent, "role": role, "content": content, "created_at": number + 1.0}
        )
    conversation = {"id": "c", "title": "bench", "active_leaf_id": messages[-1]["id"], "messages": messages}
    document = {
        "format": "chatapp",
        "version": 1,
        "conversations": [{**conversation, "created_at": 1.0, "updated_at": 1.0}],
    }
    headers = {"Content-Type": "application/json", "Origin": url}
    reply = page.request.post(
        urllib.parse.urljoin(url, "/api/conversations/import"), data=json.dumps(document), headers=headers
    )
    assert reply.status == 201, reply.text()
    found: str = reply.json()["conversations"][0]["id"]
    return found
