"""Benchmark: the page with long answers on a slow device, and a naive page that renders the whole text per token."""

import itertools
import json
import shutil
import sys
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench.long_answers import KINDS, TOKEN_CHARACTERS, answer
from bench.processes import ROOT, running_server, running_upstream
from bench.report import Figures, Report, percentiles

NAIVE = (Path(__file__).parent / "naive_page.html").read_text()
PROBE = (Path(__file__).parent / "page_probe.js").read_text()
#: The naive page's work grows with the square of the length: a long answer would take minutes.
NAIVE_CHARACTERS = 20_000
#: A page that falls behind may take this many times the answer's own duration.
TIMEOUT_FACTOR = 2
POLL_SECONDS = 0.1
QUARTERS = 4
LONG_MS = 50
TASK = "ThreadControllerImpl::RunTask"


def run(options: Namespace) -> Report:
    """Stream each kind of answer into the page and into the naive one, each in a new browser context."""
    characters, rate = options.characters, options.page_rate
    report = Report(f"page: {rate:g} tokens/s, CPU {options.slowdown:g} times slower")
    target = f"{answer.__module__}:{answer.__name__}"
    with running_upstream() as source, chromium() as browser:
        for _ in range(options.repeat):
            with running_server(source.port, CHATAPP_FUNCTION=target, CHATAPP_FUNCTION_FOLDER=str(ROOT)) as server:
                for kind in options.kinds or KINDS:
                    for column, open_page, length in (
                        ("the page", real_page, characters),
                        ("naive", naive_page, min(characters, NAIVE_CHARACTERS)),
                    ):
                        page = open_page(browser, f"http://127.0.0.1:{server.port}")
                        report.add(f"{kind}, {column}", measure(browser, page, kind, length, options))
                        page.context.close()
    return report


@contextmanager
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or sys.exit("Chromium is needed: apt-get install chromium")
    # Without the last switch, the naive page might not be allowed to connect to the server on this machine.
    switches = [
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-features=LocalNetworkAccessChecks",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=switches)
        yield browser
        browser.close()


def new_page(browser: Browser) -> Page:
    page = browser.new_context(locale="ko-KR", viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(PROBE)
    return page


def real_page(browser: Browser, url: str) -> Page:
    """Open the page. A short answer beforehand loads the renderer."""
    page = new_page(browser)
    page.goto(url)
    send(page, f"prose 40 {1 / TOKEN_CHARACTERS * 1000:g}")
    page.wait_for_selector("[data-testid=body][data-finished] p")
    page.evaluate("() => { window.ask = null }")
    return page


def naive_page(browser: Browser, url: str) -> Page:
    page = new_page(browser)
    page.goto(url)  # for the session's cookie
    page.route(f"{url}/naive", lambda route: route.fulfill(body=NAIVE, content_type="text/html"))
    page.goto(f"{url}/naive")
    page.wait_for_function("() => typeof window.ask === 'function'")
    return page


def send(page: Page, question: str) -> None:
    if page.evaluate("() => typeof window.ask === 'function'"):
        page.evaluate("question => window.ask(question)", question)
    else:
        page.get_by_test_id("composer").fill(question)
        page.get_by_test_id("composer").press("Enter")


def measure(browser: Browser, page: Page, kind: str, characters: int, options: Namespace) -> Figures:
    """Ask, follow the answer to its end or the time-out, and return the figures, some per quarter of its characters."""
    question = f"{kind} {characters} {options.page_rate:g}"
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    session.send("Emulation.setCPUThrottlingRate", {"rate": options.slowdown})
    speed = [page.evaluate("() => window.probe.work()")]
    page.evaluate("() => window.probe.begin()")
    browser.start_tracing(categories=["toplevel"])
    duration = characters / TOKEN_CHARACTERS / options.page_rate
    before = metrics(session)
    marks: list[tuple[int, dict[str, float]]] = [(0, before)]
    send(page, question)
    deadline = time.monotonic() + duration * TIMEOUT_FACTOR + 10
    state: dict[str, Any] = {"received": 0, "finished": False}
    while not state["finished"] and time.monotonic() < deadline:
        page.wait_for_timeout(POLL_SECONDS * 1000)
        state = page.evaluate("() => window.probe.state()")
        marks.append((state["received"], metrics(session)))
    result = page.evaluate("() => window.probe.end()")
    trace = browser.stop_tracing()
    speed.append(page.evaluate("() => window.probe.work()"))
    session.send("HeapProfiler.collectGarbage")
    after = metrics(session)
    script = after["ScriptDuration"] - before["ScriptDuration"]
    tokens = max(1, state["received"] / TOKEN_CHARACTERS)
    quarters = by_quarter(marks, characters, "TaskDuration")
    scripts = by_quarter(marks, characters, "ScriptDuration")
    return {
        "shown of the answer, %": 100 * result["shown"] / max(1, result["expected"])
        if not state["finished"]
        else 100.0,
        "characters": float(characters),
        "main thread, s": after["TaskDuration"] - before["TaskDuration"],
        "main thread per token, µs": (after["TaskDuration"] - before["TaskDuration"]) / tokens * 1e6,
        "script per token, µs": script / tokens * 1e6,
        **{
            f"script per token, quarter {number}, µs": seconds / tokens * QUARTERS * 1e6
            for number, seconds in enumerate(scripts, 1)
        },
        **{f"main thread, quarter {number}, s": seconds for number, seconds in enumerate(quarters, 1)},
        "last quarter / first": quarters[-1] / quarters[0] if quarters[0] else 0.0,
        "longest task, ms": max(result["tasks"], default=0.0),
        "tasks over 50 ms": len(result["tasks"]),
        **by_own_clock(trace),
        **percentiles(result["lags"] or [0.0], "token to pixel", "ms", scale=1),
        "heap after, MB": after["JSHeapUsedSize"] / 1e6,
        "a fixed piece of work before, ms": speed[0],
        "a fixed piece of work after, ms": speed[1],
    }


def by_own_clock(trace: bytes) -> Figures:
    """Return figures of the tasks by the main thread's CPU clock, which stops while the thread is not scheduled."""
    events = json.loads(trace)["traceEvents"]
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = [event for event in events if event["name"] == TASK and "tdur" in event]
    busy: Counter[tuple[int, int]] = Counter()
    for event in tasks:
        busy[event["pid"], event["tid"]] += event["tdur"]
    page = max(mains, key=lambda thread: busy[thread])  # browsers keep a renderer in reserve
    took = [event["tdur"] / 1000 for event in tasks if (event["pid"], event["tid"]) == page]
    return {
        "longest task by its own clock, ms": max(took, default=0.0),
        "tasks over 50 ms by their own clock": sum(ms > LONG_MS for ms in took),
    }


def metrics(session: CDPSession) -> dict[str, float]:
    return {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}


def by_quarter(marks: list[tuple[int, dict[str, float]]], characters: int, figure: str) -> list[float]:
    """Return a figure's seconds in each quarter of the received characters, between the nearest marks."""
    edges = [characters * quarter / QUARTERS for quarter in range(QUARTERS + 1)]
    at = [next((values[figure] for received, values in marks if received >= edge), None) for edge in edges]
    ends = [marks[-1][1][figure] if each is None else each for each in at]
    return [later - earlier for earlier, later in itertools.pairwise(ends)]
