"""Many answers at once: what a model token costs the server, and how late it reaches a tab."""

import asyncio
import time
import uuid
from argparse import Namespace

from bench import upstream
from bench.conversations import STAGGER_SECONDS, Conversation, open_conversations, staggered
from bench.processes import Server, running_server, running_upstream
from bench.procfs import Process
from bench.report import Figures, Report, percentiles
from bench.tab import Heard
from bench.upstream import Progress
from bench.window import Window, lags, watch

WARM_UP_SECONDS = 1.0
MARGIN_SECONDS = 2.0
COST = "server CPU per model token, µs"


def run(options: Namespace) -> Report:
    """Measure the upstream alone, then the server with each number of tabs, as often as the options say."""
    load = f"{options.conversations} answers at {options.rate:g} tokens/s for {options.seconds:g} s"
    report = Report(f"tokens: {load}")
    for _ in range(options.repeat):
        with running_upstream() as upstream_process:
            report.add("upstream directly", asyncio.run(read_directly(options, upstream_process)))
            costs: list[float] = []
            for tabs in options.tabs:
                with running_server(upstream_process.port) as server:
                    figures = asyncio.run(stream(options, tabs, server, upstream_process, report))
                costs.append(figures[COST])
                report.add(f"{tabs} tabs" if tabs > 1 else "1 tab", {**figures, "… times the first column's": costs[-1] / costs[0]})
    return report
