"""Many answers at once: asked, watched while all of them run, and worked out."""

import asyncio
import time
from argparse import Namespace
from itertools import accumulate

from bench.conversations import STAGGER_SECONDS, Conversation, staggered
from bench.procfs import busy_seconds
from bench.report import Figures, Report, percentiles
from bench.tab import Heard
from bench.upstream import Progress
from bench.window import Counters, Window, lags, watch

WARM_UP_SECONDS = 1.0
MARGIN_SECONDS = 2.0
COST = "server CPU per model token, µs"
TOKENS = "model tokens per second"
#: Whose CPU time is counted, beside what is not a process.
NOT_PROCESSES = {"machine", "bytes"}


async def measure(
    conversations: list[Conversation], model: str, seconds: float, counters: Counters, report: Report
) -> Window:
    """Run all conversations once, and close their tabs; the report learns of any that missed something."""
    tabs = [tab for each in conversations for tab in each.tabs]
    counters = {**counters, "bytes": lambda: sum(tab.received_bytes for tab in tabs)}
    try:
        window = await stream(conversations, model, seconds, counters, report)
        report.failures += [damage for each in conversations for damage in each.damage()]
    finally:
        for tab in tabs:
            tab.close()
    return window


async def stream(
    conversations: list[Conversation], model: str, seconds: float, counters: Counters, report: Report
) -> Window:
    """Ask everywhere, watch while all answers run, and wait for all ends."""
    tabs = [tab for each in conversations for tab in each.tabs]
    await staggered([each.ask(model) for each in conversations])
    await asyncio.gather(*(tab.heard.started for tab in tabs))
    await asyncio.sleep(WARM_UP_SECONDS)
    window = await watch(seconds, counters)
    if any(tab.heard.ended.done() for tab in tabs):
        report.failures.append("an answer ended within the measured time: there were too many for a steady state")
    await asyncio.gather(*(tab.heard.ended for tab in tabs))
    return window


def figures(conversations: list[Conversation], window: Window, sent: dict[str, Progress]) -> Figures:
    """Work the figures out, from what the tabs kept, and when the tokens of each question were sent."""
    tokens, entries, late = 0, 0, []
    tabs = len(conversations[0].tabs)
    for each in conversations:
        for number, tab in enumerate(each.tabs):
            got = progress(tab.heard)
            under_way = lags(sent[each.question], got, window)
            late += under_way
            if number == 0:
                tokens += len(under_way)
                entries += sum(window.holds(at) for at, _ in got)
    return {
        COST: window.growth["server"] / tokens * 1e6,
        TOKENS: tokens / window.seconds,
        "entries per second": entries / window.seconds,
        "model tokens per entry": tokens / entries,
        "bytes on the wire per token and tab": window.growth["bytes"] / tokens / tabs,
        **percentiles(late, "lag", "ms", scale=1000),
        **cores(window),
    }


def around() -> Counters:
    """Return the counters of CPU time that every run needs beside those of its processes."""
    return {"load generator": time.process_time, "machine": busy_seconds}


def cores(window: Window) -> Figures:
    """Return how many cores were busy with what: with anything else on the machine, the figures are too high."""
    ours = [name for name in window.growth if name not in NOT_PROCESSES]
    busy = {name: window.growth[name] / window.seconds for name in ours}
    busy["anything else"] = max(0.0, window.growth["machine"] / window.seconds - sum(busy.values()))
    return {f"cores busy with {name}": share for name, share in busy.items()}


def progress(heard: Heard) -> Progress:
    """Return when which token came. Each token of the scripted answers ends in its only space."""
    entries = heard.entries()
    return list(
        zip((at for at, _ in entries), accumulate(entry["text"].count(" ") for _, entry in entries), strict=True)
    )


def length(options: Namespace) -> int:
    """Return how many tokens an answer needs so as not to end too early."""
    seconds: float = STAGGER_SECONDS + WARM_UP_SECONDS + options.seconds + MARGIN_SECONDS
    tokens: int = round(options.rate * seconds)
    return tokens
