"""Benchmark: a large import. How long it takes, and what it does to another owner's answer meanwhile."""

import http.client
import io
import json
import time
import zipfile
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from bench.prober import Prober, Seen
from bench.processes import running_server, running_upstream
from bench.report import Figures, Report
from bench.session import Session

QUIET_SECONDS = 20.0
TURNS = 40
TEXT = "서버는 글자를 하나씩 보내고 탭은 그대로 그립니다. The server emits each token to every tab. " * 12


def run(options: Namespace) -> Report:
    """Import ChatGPT's export as one JSON file, the same again, and as a zip, each beside a running answer."""
    plain = export(1, options.import_mib)
    report = Report(f"imports: {len(plain) / 2**20:.0f} MiB of ChatGPT's JSON beside an answer at 50 tokens/s")
    for _ in range(options.repeat):
        with running_upstream() as source, running_server(source.port) as server:
            other = Session(server.port)
            with Prober(server.port, server.worker.pid, other.cookie) as prober:
                quiet = prober.look(QUIET_SECONDS)
                owner = Session(server.port)
                figures: Figures = {**gap_figures("nothing else", quiet)}
                for name, body, kind in (
                    ("import", plain, "application/json"),
                    ("import again", plain, "application/json"),
                    ("import of a zip", packed(export(2, options.import_mib)), "application/zip"),
                ):
                    started = time.perf_counter()
                    with prober.looking() as seen:
                        send(server.port, owner, body, kind)
                        took = time.perf_counter() - started
                    figures |= {f"{name}, s": took, **gap_figures(name, seen[0])}
                    figures[f"{name}: largest gap, times the quiet one"] = longest(seen[0]) / longest(quiet)
                report.add("figures", figures)
    return report


def longest(seen: Seen) -> float:
    assert seen.tokens
    return seen.tokens.longest


def gap_figures(during: str, seen: Seen) -> Figures:
    """Return the gaps between tokens, without the times at which no CPU was free."""
    assert seen.tokens
    name = f"gap between another's tokens, {during}:"
    return {
        f"{name} p99, ms": seen.tokens.p99 * 1000,
        f"{name} max, ms": seen.tokens.longest * 1000,
        f"{name} max by the clock, ms": seen.tokens.raw_longest * 1000,
    }


def send(port: int, owner: Session, body: bytes, kind: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    headers = {"Content-Type": kind, "Origin": f"http://127.0.0.1:{port}", "Cookie": owner.cookie}
    connection.request("POST", "/api/conversations/import", body, headers)
    response = connection.getresponse()
    data = response.read()
    connection.close()
    if response.status != 201:
        raise RuntimeError(f"{response.status} {data[:200]!r}")


def export(version: int, mib: int) -> bytes:
    """Return so much of conversations in the shape of ChatGPT's export."""
    parts: list[bytes] = []
    size = 0
    for number in range(100_000):
        parts.append(json.dumps(conversation(f"{version}-{number}"), ensure_ascii=False).encode())
        size += len(parts[-1])
        if size >= mib * 2**20:
            break
    return b"[" + b",\n".join(parts) + b"]"


def conversation(own_id: str) -> dict[str, Any]:
    return {
        "conversation_id": own_id,
        "title": f"대화 {own_id}",
        "create_time": 1767225600.0,
        "update_time": 1767225700.0,
        "current_node": str(TURNS - 1),
        "mapping": dict(nodes(own_id)),
    }


def nodes(own_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for turn in range(TURNS):
        message = {
            "id": str(turn),
            "author": {"role": "assistant" if turn % 2 else "user", "name": None, "metadata": {}},
            "create_time": 1767225601.0 + turn,
            "content": {"content_type": "text", "parts": [f"{own_id} {turn} {TEXT}"]},
            "status": "finished_successfully",
            "metadata": {"model_slug": "gpt-5", "request_id": own_id, "timestamp_": "absolute"},
            "recipient": "all",
        }
        yield (
            str(turn),
            {"id": str(turn), "parent": str(turn - 1) if turn else None, "message": message, "children": []},
        )


def packed(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", data)
    return out.getvalue()
