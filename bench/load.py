"""A load of many answers at once: start them, count while all of them run, compute the figures."""

import asyncio
import time
from argparse import Namespace
from itertools import accumulate

from bench.conversations import STAGGER_SECONDS, Conversation, stagger
from bench.procfs import busy_seconds
from bench.report import Figures, Report, percentiles
from bench.tab import ReceivedAnswer
from bench.upstream import Progress
from bench.window import Counters, Window, lags, watch

WARM_UP_SECONDS = 1.0
MARGIN_SECONDS = 2.0
COST = "server CPU per model token, µs"
TOKENS = "model tokens per second"
#: The counters that are not CPU times of processes.
NOT_PROCESSES = {"machine", "bytes"}


async def measure(
    conversations: list[Conversation], model: str, seconds: float, counters: Counters, report: Report
) -> Window:
    """Run all conversations once and close their tabs. Defects become failures of the report."""
    tabs = [tab for each in conversations for tab in each.tabs]
    counters = {**counters, "bytes": lambda: sum(tab.received_bytes for tab in tabs)}
    try:
        window = await stream(conversations, model, seconds, counters, report)
        report.failures += [defect for each in conversations for defect in each.defects()]
    finally:
        for tab in tabs:
            tab.close()
    return window


async def stream(
    conversations: list[Conversation], model: str, seconds: float, counters: Counters, report: Report
) -> Window:
    """Ask in all conversations, count while all answers run, and wait for all ends."""
    tabs = [tab for each in conversations for tab in each.tabs]
    await stagger([each.ask(model) for each in conversations])
    await asyncio.gather(*(tab.heard.started for tab in tabs))
    await asyncio.sleep(WARM_UP_SECONDS)
    window = await watch(seconds, counters)
    if any(tab.heard.ended.done() for tab in tabs):
        report.failures.append("an answer ended within the measured time: there were too many for a steady state")
    await asyncio.gather(*(tab.heard.ended for tab in tabs))
    return window


def figures(conversations: list[Conversation], window: Window, sent: dict[str, Progress]) -> Figures:
    """Compute the figures from the tabs' answers. `sent`: the progress of the upstream, by question."""
    tokens, entries, text_bytes, all_lags = 0, 0, 0, []
    tabs = len(conversations[0].tabs)
    for each in conversations:
        for number, tab in enumerate(each.tabs):
            got = progress(tab.heard)
            tab_lags = lags(sent[each.question], got, window)
            all_lags += tab_lags
            text_bytes += sum(len(entry["text"].encode()) for at, entry in tab.heard.entries() if window.holds(at))
            if number == 0:
                tokens += len(tab_lags)
                entries += sum(window.holds(at) for at, _ in got)
    return {
        COST: window.growth["server"] / tokens * 1e6,
        TOKENS: tokens / window.seconds,
        "entries per second": entries / window.seconds,
        "model tokens per entry": tokens / entries,
        "bytes on the wire per token and tab": window.growth["bytes"] / tokens / tabs,
        "of these beyond the text": (window.growth["bytes"] - text_bytes) / tokens / tabs,
        **percentiles(all_lags, "lag", "ms", scale=1000),
        **cores(window),
    }


def around() -> Counters:
    """Return the counters of CPU time that every run needs in addition to those of its processes."""
    return {"load generator": time.process_time, "machine": busy_seconds}


def cores(window: Window) -> Figures:
    """Return how many cores each process kept busy. Other load on the machine makes the figures too high."""
    ours = [name for name in window.growth if name not in NOT_PROCESSES]
    busy = {name: window.growth[name] / window.seconds for name in ours}
    busy["anything else"] = max(0.0, window.growth["machine"] / window.seconds - sum(busy.values()))
    return {f"cores busy with {name}": share for name, share in busy.items()}


def progress(heard: ReceivedAnswer) -> Progress:
    """Return a tab's progress. Each token of the scripted answers ends in its only space."""
    entries = heard.entries()
    return list(
        zip((at for at, _ in entries), accumulate(entry["text"].count(" ") for _, entry in entries), strict=True)
    )


def length(options: Namespace) -> int:
    """Return the number of tokens with which an answer lasts longer than the measurement."""
    seconds: float = STAGGER_SECONDS + WARM_UP_SECONDS + options.seconds + MARGIN_SECONDS
    tokens: int = round(options.rate * seconds)
    return tokens
