"""Many answers at once: what a model token costs the server, and how late it reaches a tab."""

import asyncio
import sys
import time
import uuid
from argparse import Namespace
from itertools import accumulate

from bench import upstream
from bench.conversations import STAGGER_SECONDS, Conversation, open_conversations, staggered
from bench.processes import Server, Upstream, running_server, running_upstream
from bench.procfs import busy_seconds
from bench.report import Figures, Report, percentiles
from bench.tab import Heard
from bench.upstream import Progress
from bench.window import Counters, Window, lags, watch

WARM_UP_SECONDS = 1.0
MARGIN_SECONDS = 2.0
COST = "server CPU per model token, µs"
# What the upstream's record holds: calls, and writes of each.
MOST_CONVERSATIONS, MOST_TOKENS = 1000, 2000
TIMES = "… times that of the first number of tabs"


def run(options: Namespace) -> Report:
    """Measure the server with each number of tabs, then the upstream alone, as often as the options say."""
    if options.conversations > MOST_CONVERSATIONS or length(options) > MOST_TOKENS:
        sys.exit(f"The upstream notes {MOST_CONVERSATIONS:,} answers of {MOST_TOKENS:,} tokens: ask for less.")
    load = f"{options.conversations} answers at {options.rate:g} tokens/s, {options.seconds:g} s"
    report = Report(f"tokens: {load}")
    for _ in range(options.repeat):
        with running_upstream() as source:
            costs: list[float] = []
            for tabs in options.tabs:
                with running_server(source.port) as server:
                    figures = asyncio.run(measure(options, tabs, server, source, report))
                costs.append(figures[COST])
                if len(costs) > 1:
                    figures[TIMES] = costs[-1] / costs[0]
                report.add(f"{tabs} tab" + "s" * (tabs > 1), figures)
            report.add("upstream directly", asyncio.run(measure_directly(options, source)))
    return report


async def measure_directly(options: Namespace, source: Upstream) -> Figures:
    """Read the same load from the upstream itself: the lag that is not the server's."""
    questions = [f"Count. {uuid.uuid4()}" for _ in range(options.conversations)]
    reading = asyncio.gather(
        staggered([upstream.read_directly(source.port, model(options), question) for question in questions]),
        settle_and_watch(options, consumers(source)),
    )
    progress, window = await reading
    sent = upstream.sends(source.port)
    late = [lag for question, got in zip(questions, progress, strict=True) for lag in lags(sent[question], got, window)]
    return {**percentiles(late, "lag", "ms", scale=1000), **cores(window)}


async def settle_and_watch(options: Namespace, counters: Counters) -> Window:
    """Count while all answers run."""
    await asyncio.sleep(STAGGER_SECONDS + WARM_UP_SECONDS)
    return await watch(options.seconds, counters)


async def measure(options: Namespace, tabs: int, server: Server, source: Upstream, report: Report) -> Figures:
    """Run all conversations once; the report learns of any tab that missed something."""
    conversations = await open_conversations(server.port, options.conversations, tabs)
    counters: Counters = {
        **consumers(source),
        "server": server.worker.cpu_seconds,
        "bytes": lambda: sum(tab.received_bytes for each in conversations for tab in each.tabs),
    }
    try:
        window = await stream(options, conversations, counters, report)
        report.failures += [damage for each in conversations for damage in each.damage()]
    finally:
        for each in conversations:
            for tab in each.tabs:
                tab.close()
    return figures(conversations, window, upstream.sends(source.port))


async def stream(options: Namespace, conversations: list[Conversation], counters: Counters, report: Report) -> Window:
    """Ask everywhere, watch while all answers run, and wait for all ends."""
    tabs = [tab for each in conversations for tab in each.tabs]
    await staggered([each.ask(model(options)) for each in conversations])
    await asyncio.gather(*(tab.heard.started for tab in tabs))
    await asyncio.sleep(WARM_UP_SECONDS)
    window = await watch(options.seconds, counters)
    if any(tab.heard.ended.done() for tab in tabs):
        report.failures.append("an answer ended within the measured time: there were too many for a steady state")
    await asyncio.gather(*(tab.heard.ended for tab in tabs))
    return window


def figures(conversations: list[Conversation], window: Window, sent: dict[str, Progress]) -> Figures:
    """Work the figures out, from what the tabs kept."""
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
        "model tokens per second": tokens / window.seconds,
        "entries per second": entries / window.seconds,
        "model tokens per entry": tokens / entries,
        "bytes on the wire per token and tab": window.growth["bytes"] / tokens / tabs,
        **percentiles(late, "lag", "ms", scale=1000),
        **cores(window),
    }


def consumers(source: Upstream) -> Counters:
    """Return the counters of CPU time, all but the server's."""
    return {
        "upstream": source.process.cpu_seconds,
        "load generator": time.process_time,
        "machine": busy_seconds,
    }


def cores(window: Window) -> Figures:
    """Return how many cores were busy with what: with anything else on the machine, the figures are too high."""
    ours = [name for name in ("server", "upstream", "load generator") if name in window.growth]
    busy = {name: window.growth[name] / window.seconds for name in ours}
    busy["anything else"] = max(0.0, window.growth["machine"] / window.seconds - sum(busy.values()))
    return {f"cores busy with {name}": share for name, share in busy.items()}


def progress(heard: Heard) -> Progress:
    """Return when which token came. Each token of the scripted answer ends in its only space."""
    entries = heard.entries()
    return list(
        zip((at for at, _ in entries), accumulate(entry["text"].count(" ") for _, entry in entries), strict=True)
    )


def model(options: Namespace) -> str:
    """Return the model that talks throughout the measured time."""
    return f"script?tokens={length(options)}&rate={options.rate:g}"


def length(options: Namespace) -> int:
    """Return how many tokens an answer needs so as not to end too early."""
    seconds: float = STAGGER_SECONDS + WARM_UP_SECONDS + options.seconds + MARGIN_SECONDS
    tokens: int = round(options.rate * seconds)
    return tokens
