"""The TCP sockets of a process, from /proc: its descriptors, matched with the tables of TCP."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

INODE = re.compile(r"socket:\[(\d+)\]")
#: include/net/tcp_states.h of Linux.
CLOSE_WAIT = 8


@dataclass(frozen=True)
class Connection:
    """One TCP socket; a listening one has the remote port 0."""

    remote_port: int
    state: int


def descriptors(pid: int) -> list[str]:
    """Return the targets of the open descriptors of a process."""
    targets = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            targets.append(str(link.readlink()))
        except FileNotFoundError:  # closed since it was listed
            continue
    return targets


def connections(pid: int, targets: list[str]) -> list[Connection]:
    """Return the TCP sockets among the descriptors of a process."""
    inodes = {match[1] for target in targets if (match := INODE.fullmatch(target))}
    tables = (Path(f"/proc/{pid}/net/{name}") for name in ("tcp", "tcp6"))
    return [
        connection
        for table in tables
        if table.exists()
        for inode, connection in parse(table.read_text())
        if inode in inodes
    ]


def parse(table: str) -> Iterator[tuple[str, Connection]]:
    """Read /proc/PID/net/tcp: yield each socket with its inode."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        yield fields[9], Connection(int(fields[2].rpartition(":")[2], 16), int(fields[3], 16))
