"""A parser for Server-Sent Events (HTML standard, 9.2.6)."""

from collections.abc import Iterable, Iterator

MAX_EVENT_BYTES = 8 * 1024 * 1024


def events(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the data of each event; `chunks` may be split anywhere. Raises ValueError for an event that is too large.

    Lines end in LF or CR LF; a CR alone, which the standard allows, is not supported, as no provider sends it.
    """
    unfinished: list[bytes] = []  # a line, joined once: appending to it would copy it for each chunk
    unfinished_size = 0
    data: list[bytes] = []
    size = 0
    for chunk in chunks:
        unfinished.append(chunk)
        unfinished_size += len(chunk)
        if b"\n" not in chunk:
            if unfinished_size > MAX_EVENT_BYTES:
                raise ValueError("an event is too large")
            continue
        *lines, rest = b"".join(unfinished).split(b"\n")
        unfinished, unfinished_size = [rest], len(rest)
        for raw in lines:
            line = raw.rstrip(b"\r")
            if not line:
                if data:
                    yield b"\n".join(data)
                    data, size = [], 0
            elif line.startswith(b"data:"):
                data.append(line[6:] if line[5:6] == b" " else line[5:])
                size += len(line)
                if size > MAX_EVENT_BYTES:
                    raise ValueError("an event is too large")
    # Some servers omit the last blank line, or the newline before it.
    last = b"".join(unfinished)
    if last.startswith(b"data:"):
        data.append(last[5:].strip())
    if data:
        yield b"\n".join(data)
