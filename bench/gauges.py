"""A server's use of resources, from /proc, the files of its folder, and its metrics."""

import http.client
import sqlite3
import struct
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench import sockets
from bench.processes import Server
from bench.report import Figures

MIB = 1024 * 1024
RUNNING = "running answers"
#: Gauges by name, with the names of the server's metrics.
METRICS = {"green threads": "chatapp_green_threads", RUNNING: "chatapp_generations_running"}
DISK = "disk, MiB"
#: By how much a gauge may have grown, in addition to 5 %. Memory keeps some of its peak size. SQLite's files keep all
#: of it, so only what they hold is checked: used pages, and the pages in the write-ahead log that are not copied yet,
#: of which SQLite leaves up to 1,000. The search index is cleaned in waves, the first after a short warm-up.
SLACK = {
    "descriptors": 2.0,
    "upstream connections": 2.0,
    "upstream CLOSE_WAIT": 2.0,
    "CLOSE_WAIT": 2.0,
    "green threads": 2.0,
    "memory, MiB": 4.0,
    "disk in use, MiB": 1.0,
    "log in use, MiB": 5.0,
    "other files, MiB": 1.0,
}
SHARE = 0.05
#: The names of all gauges. The total size on disk is shown, but not checked.
GAUGES = [*SLACK, DISK]


@dataclass(frozen=True)
class Gauges:
    """The gauges of one server. Reading them blocks."""

    server: Server
    upstream_ports: frozenset[int]

    def read(self) -> Figures:
        """Return all gauges; those of the metrics only if the server has them."""
        pid, folder = self.server.worker.pid, self.server.folder
        database, disk = folder / "chatapp.db", files_bytes(folder)
        targets = sockets.descriptors(pid)
        connections = sockets.connections(pid, targets)
        upstream = [each for each in connections if each.remote_port in self.upstream_ports]
        return {
            "descriptors": len(targets),
            "upstream connections": len(upstream),
            "upstream CLOSE_WAIT": waiting(upstream),
            "CLOSE_WAIT": waiting(connections),
            **metrics(self.server.port),
            "memory, MiB": self.server.worker.memory_kib() / 1024,
            "disk in use, MiB": used_bytes(database) / MIB,
            "log in use, MiB": log_bytes(database) / MIB,
            "other files, MiB": (disk - sum(path.stat().st_size for path in sqlite_files(database))) / MIB,
            DISK: disk / MIB,
        }


def growth(before: Figures, after: Figures) -> list[str]:
    """Return a sentence for each gauge that has grown too much."""
    return [
        f"{name}: {before[name]:,.10g} before, {after[name]:,.10g} after"
        for name, slack in SLACK.items()
        if name in before and name in after and after[name] > before[name] * (1 + SHARE) + slack
    ]


def waiting(connections: list[sockets.Connection]) -> int:
    """Count the connections that only the other side has closed."""
    return sum(each.state == sockets.CLOSE_WAIT for each in connections)


def files_bytes(folder: Path) -> int:
    """Return the size of all files in the instance folder, except the log of the benchmark."""
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.stat().st_size if path.is_file() and path.name != "server.log" else 0
        except FileNotFoundError:  # gone since it was listed
            continue
    return size


def used_bytes(database: Path) -> int:
    """Return the size of the database's used pages, without its free list."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        size, count, free = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
        )
    return int(size * (count - free))


def sqlite_files(database: Path) -> list[Path]:
    """Return the files of a database that is open: its own, the write-ahead log and that log's index."""
    return [database, *(database.with_name(f"{database.name}-{kind}") for kind in ("wal", "shm"))]


def log_bytes(database: Path) -> int:
    """Return the size of the pages in the write-ahead log that are not copied into the database yet.

    Read from the log's index, which the database must have open (sqlite.org/walformat.html, 2.1): the last valid frame
    is at byte 16, the number of frames that are copied at byte 96, in the order of bytes of the machine.
    """
    database, _, index = sqlite_files(database)
    head = index.read_bytes()[:100]
    last, copied = struct.unpack_from("=I", head, 16)[0], struct.unpack_from("=I", head, 96)[0]
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        return int((last - copied) * connection.execute("PRAGMA page_size").fetchone()[0])


def metrics(port: int) -> Figures:
    """Return the gauges in the server's metrics."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/metrics", headers={"Connection": "close"})
        return parse_gauges(connection.getresponse().read().decode())
    finally:
        connection.close()


def parse_gauges(exposition: str) -> Figures:
    """Parse Prometheus' text format. Returns the gauges that it has, each summed over its labels."""
    sums: dict[str, float] = defaultdict(float)
    for line in exposition.splitlines():
        name, _, value = line.rpartition(" ")
        if not line.startswith("#"):
            sums[name.partition("{")[0]] += float(value)
    return {name: int(sums[metric]) for name, metric in METRICS.items() if metric in sums}
