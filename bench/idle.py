"""Benchmark: idle tabs. The memory and CPU time of each."""

import asyncio
import time
from argparse import Namespace

from bench.conversations import open_tab
from bench.processes import Server, running_server, running_upstream
from bench.report import Figures, Report
from bench.session import Session
from bench.tab import Tab
from bench.window import watch

TABS_PER_OWNER = 10
# They make the server import and cache what the first tabs need, and stay open.
WARM_UP_TABS = 20


def run(options: Namespace) -> Report:
    """Measure the worker without tabs and with them."""
    report = Report(f"idle: {options.idle_tabs} tabs, {options.seconds:g} s")
    for _ in range(options.repeat):
        with running_upstream() as source, running_server(source.port) as server:
            report.add("server", asyncio.run(measure(options, server)))
    return report


async def measure(options: Namespace, server: Server) -> Figures:
    tabs = await open_tabs(server.port, WARM_UP_TABS)
    memory = server.worker.memory_kib()
    quiet = await watch(options.seconds, {"cpu": server.worker.cpu_seconds})
    started = time.perf_counter()
    cpu = server.worker.cpu_seconds()
    tabs += await open_tabs(server.port, options.idle_tabs)
    took, cpu = time.perf_counter() - started, server.worker.cpu_seconds() - cpu
    busy = await watch(options.seconds, {"cpu": server.worker.cpu_seconds})
    grown = server.worker.memory_kib()
    for tab in tabs:
        tab.close()
    return {
        f"memory with {WARM_UP_TABS} tabs, MiB": memory / 1024,
        "memory with all tabs, MiB": grown / 1024,
        "memory per tab, KiB": (grown - memory) / options.idle_tabs,
        f"CPU per second with {WARM_UP_TABS} tabs, ms": quiet.growth["cpu"] / quiet.seconds * 1000,
        "CPU per second with all tabs, ms": busy.growth["cpu"] / busy.seconds * 1000,
        "time to open all tabs, s": took,
        "CPU to open one tab, ms": cpu / options.idle_tabs * 1000,
    }


async def open_tabs(port: int, count: int) -> list[Tab]:
    """Open tabs of several owners, each with an open conversation; an owner's tabs at once, as after a restart."""
    tabs: list[Tab] = []
    while len(tabs) < count:
        session = Session(port)
        conversation_id = session.new_conversation()
        some = min(TABS_PER_OWNER, count - len(tabs))
        tabs += await asyncio.gather(*(open_tab(port, session, conversation_id) for _ in range(some)))
    return tabs
