"""Benchmark: many answers at once. The server's CPU time per model token, and the lag until it reaches a tab."""

import asyncio
import sys
import uuid
from argparse import Namespace

from bench import load, upstream
from bench.conversations import STAGGER_SECONDS, open_conversations, stagger
from bench.load import COST, WARM_UP_SECONDS, length
from bench.processes import Server, Upstream, running_server, running_upstream
from bench.report import Figures, Report, percentiles
from bench.window import Counters, Window, lags, watch

# The bounds of the upstream's record: calls, and writes of each.
MAX_CONVERSATIONS, MAX_TOKENS = 1000, 2000
TIMES = "… times that of the first number of tabs"


def run(options: Namespace) -> Report:
    """Measure the server with each number of tabs, then the upstream alone; repeat as the options say."""
    if options.conversations > MAX_CONVERSATIONS or length(options) > MAX_TOKENS:
        sys.exit(f"The upstream notes {MAX_CONVERSATIONS:,} answers of {MAX_TOKENS:,} tokens: ask for less.")
    report = Report(f"tokens: {options.conversations} answers at {options.rate:g} tokens/s, {options.seconds:g} s")
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


async def measure(options: Namespace, tabs: int, server: Server, source: Upstream, report: Report) -> Figures:
    conversations = await open_conversations(server.port, options.conversations, tabs)
    counters: Counters = {"server": server.worker.cpu_seconds, **consumers(source)}
    window = await load.measure(conversations, model(options), options.seconds, counters, report)
    return load.figures(conversations, window, upstream.sends(source.port))


async def measure_directly(options: Namespace, source: Upstream) -> Figures:
    """Read the same load from the upstream directly: the lag that is not due to the server."""
    questions = [f"Count. {uuid.uuid4()}" for _ in range(options.conversations)]
    reading = asyncio.gather(
        stagger([upstream.read_directly(source.port, model(options), question) for question in questions]),
        settle_and_watch(options, consumers(source)),
    )
    progress, window = await reading
    sent = upstream.sends(source.port)
    lag_seconds = [
        lag for question, got in zip(questions, progress, strict=True) for lag in lags(sent[question], got, window)
    ]
    return {**percentiles(lag_seconds, "lag", "ms", scale=1000), **load.cores(window)}


async def settle_and_watch(options: Namespace, counters: Counters) -> Window:
    """Count while all answers run."""
    await asyncio.sleep(STAGGER_SECONDS + WARM_UP_SECONDS)
    return await watch(options.seconds, counters)


def consumers(source: Upstream) -> Counters:
    """Return the counters of CPU time, except the server's."""
    return {"upstream": source.process.cpu_seconds, **load.around()}


def model(options: Namespace) -> str:
    """Return the model whose answer lasts longer than the measurement."""
    return f"script?tokens={length(options)}&rate={options.rate:g}"
