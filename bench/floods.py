"""Benchmark: floods. How long another client waits while one address sends as much as it can."""

import os
import signal
from argparse import Namespace
from collections import deque

from bench.flooder import STREAMS, Flooding
from bench.prober import Prober, Seen
from bench.processes import Server, running_server, running_upstream
from bench.report import Figures, Report
from bench.session import Session

KINDS = [
    "strangers: events",
    "strangers: malformed",
    "strangers: pings",
    "strangers: fragments",
    "strangers: large",
    "tab: commands",
    "tab: unknown commands",
    "tab: malformed",
    "tab: pings",
    "tab: large",
    "tab: large lists",
    "http: pipelined /healthz",
    "http: pipelined /api/conversations",
    "http: large bodies",
    "http: short chunks",
    "http: upgrades",
    STREAMS,
]
CONNECTIONS = 1, 50
SECONDS = 1.5
#: A server that was silent for so long is replaced.
HOPELESS_SECONDS = 9.0


def run(options: Namespace) -> Report:
    """Flood a server by each kind, from one connection and from many, while a prober looks."""
    report = Report(f"floods: {SECONDS:g} s each, from {' or '.join(map(str, CONNECTIONS))} connections")
    for _ in range(options.repeat):
        waiting = deque((kind, connections) for kind in options.floods or KINDS for connections in CONNECTIONS)
        columns: dict[str, Figures] = {}
        while waiting:
            with running_upstream() as source, running_server(source.port) as server:
                measure(server, waiting, columns)
        for name, figures in columns.items():
            report.add(name, figures)
    return report


def measure(server: Server, waiting: deque[tuple[str, int]], columns: dict[str, Figures]) -> None:
    """Flood a server by one kind after the other, as long as it goes on."""
    with Prober(server.port, server.worker.pid, Session(server.port).cookie) as prober:
        if not columns:
            note(columns, "no flood", prober.look(SECONDS), 0.0)
        while waiting:
            kind, connections = waiting.popleft()
            before = server.worker.memory_kib()
            flooding = Flooding(server.port, [kind], connections=connections, seconds=SECONDS)
            with prober.looking() as seen:
                flooding.end()
            mebibytes = (server.worker.memory_kib() - before) / 1024
            note(columns, f"{kind} × {connections}", seen[0], mebibytes)
            if seen[0].healthz.raw_longest > HOPELESS_SECONDS:
                os.kill(server.worker.pid, signal.SIGKILL)
                return


def note(columns: dict[str, Figures], row: str, seen: Seen, mebibytes: float) -> None:
    assert seen.tokens
    for name, waits in (("/healthz", seen.healthz), ("tokens apart", seen.tokens)):
        columns.setdefault(f"{name} p99, ms", {})[row] = waits.raw_p99 * 1000
        columns.setdefault(f"{name} max, ms", {})[row] = waits.raw_longest * 1000
    columns.setdefault("memory, MiB more", {})[row] = mebibytes
