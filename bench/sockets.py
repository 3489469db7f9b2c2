"""The TCP sockets of a process, from /proc: its descriptors, matched with the tables of TCP."""

import re
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
    found: dict[str, Connection] = {}
    for table in tables:
        if table.exists():
            found |= parse(table.read_text())
    return [connection for inode, connection in found.items() if inode in inodes]


def parse(table: str) -> dict[str, Connection]:
    """Read /proc/PID/net/tcp: return each socket by its inode.

    Linux hands the table out in pieces: a socket stands in it twice when another one came before it meanwhile.
    """
    sockets = {}
    for line in table.splitlines()[1:]:
        fields = line.split()
        sockets[fields[9]] = Connection(int(fields[2].rpartition(":")[2], 16), int(fields[3], 16))
    return sockets
