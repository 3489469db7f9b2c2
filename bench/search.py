"""Benchmark: search in many messages. The cost of indexing and searching, and their effect on others' answers."""

import asyncio
import http.client
import itertools
import json
import sqlite3
import time
import uuid
from argparse import Namespace
from collections.abc import Awaitable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from bench.library import COMMON, RARE, fill
from bench.processes import Server, running_server, running_upstream
from bench.report import Figures, Report, percentiles
from bench.session import Session
from bench.tab import ReceivedAnswer, Tab

FEW = 10
REPEATS = 40
RATE = 100
MODEL = f"script?tokens=100000&rate={RATE}"
POLL_SECONDS = 0.2
KEY_SECONDS = 0.1
QUIET_SECONDS = 5.0
ABSENT = "없는말입니다"
QUERIES = {
    "common word": COMMON,
    "two syllables of it": COMMON[1:3],
    "rare word": RARE,
    "one syllable": COMMON[0],
    "one letter": "s",
    "three letters": "str",
    "several words": f"{COMMON} streaming str",
    "nothing": ABSENT,
}
TYPED = ("streaming", COMMON, f"{RARE} streaming")


def run(options: Namespace) -> Report:
    """Fill the database of a running server, wait until it is indexed, and search."""
    report = Report(f"search: {options.messages:,} messages of one owner, {FEW} of another")
    for _ in range(options.repeat):
        with running_upstream() as source, running_server(source.port) as server:
            for column, figures in asyncio.run(measure(options, server)).items():
                report.add(column, figures)
    return report


async def measure(options: Namespace, server: Server) -> dict[str, Figures]:
    database = server.folder / "chatapp.db"
    many, few = Session(server.port), Session(server.port)
    tab = await Tab.connect(server.port, Session(server.port).cookie)
    heard = tab.listen()
    await tab.ask(
        "send_message", conversation_id=None, client_message_id=str(uuid.uuid4()), content="Count.", model=MODEL
    )
    await heard.started
    quiet = await gaps_while(heard, asyncio.sleep(QUIET_SECONDS))
    text_bytes = await asyncio.to_thread(fill, database, owner_of(database, many), options.messages)
    await asyncio.to_thread(fill, database, owner_of(database, few), FEW)
    indexing = await measure_indexing(database, heard, text_bytes)
    with closing(Searcher(server.port, many)) as searcher, closing(Searcher(server.port, few)) as other:
        searching = await measure_searches(searcher, other, heard)
    tab.close()
    return {"figures": {**gap_figures("nothing else", quiet), **indexing, **searching}}


async def measure_indexing(database: Path, heard: ReceivedAnswer, text_bytes: int) -> Figures:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        waiting = unindexed(connection)
        started = time.perf_counter()
        gaps = await gaps_while(heard, until_indexed(connection))
        took = time.perf_counter() - started
        size = "SELECT sum(pgsize) FROM dbstat WHERE name GLOB 'search_*' OR name GLOB 'ix_search_*'"
        (index_bytes,) = connection.execute(size).fetchone()
    return {
        "text, MB": text_bytes / 1e6,
        "index, bytes per byte of text": index_bytes / text_bytes,
        "indexing, ms per message": took / waiting * 1000,
        **gap_figures("indexing", gaps),
    }


async def until_indexed(connection: sqlite3.Connection) -> None:
    while unindexed(connection):
        await asyncio.sleep(POLL_SECONDS)


async def measure_searches(searcher: "Searcher", other: "Searcher", heard: ReceivedAnswer) -> Figures:
    figures: Figures = {}
    gaps: list[float] = []
    for name, query in QUERIES.items():
        times: list[float] = []
        gaps += await gaps_while(heard, asyncio.to_thread(searcher.repeat, query, times))
        figures |= percentiles(times, f"{name}:", "ms", scale=1000)
    times = []
    await asyncio.to_thread(other.repeat, COMMON, times)
    figures |= percentiles(times, f"common word, {FEW} messages:", "ms", scale=1000)
    times = []
    typing = await gaps_while(heard, asyncio.to_thread(searcher.type, times))
    figures |= percentiles(times, "as one types:", "ms", scale=1000)
    return figures | gap_figures("somebody types", typing) | gap_figures("search after search", gaps)


async def gaps_while(heard: ReceivedAnswer, work: Awaitable[object]) -> list[float]:
    """Return the seconds between the tokens of another owner's answer during `work`."""
    first = len(heard.frames)
    await work
    await asyncio.sleep(2 / RATE)
    times = [at for at, _ in heard.frames[max(0, first - 1) :]]
    return [later - at for at, later in itertools.pairwise(times)]


def gap_figures(during: str, gaps: list[float]) -> Figures:
    return percentiles(gaps, f"gap between another's tokens, {during}:", "ms", scale=1000)


class Searcher:
    """An owner who searches, over one connection."""

    def __init__(self, port: int, session: Session) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Cookie": session.cookie}

    def close(self) -> None:
        self._connection.close()

    def repeat(self, query: str, times: list[float]) -> None:
        times += [self.search(query) for _ in range(REPEATS)]

    def type(self, times: list[float]) -> None:
        """Search after each character, at intervals of 0.1 s."""
        for text in TYPED:
            for length in range(1, len(text) + 1):
                times.append(self.search(text[:length]))
                time.sleep(KEY_SECONDS)

    def search(self, query: str) -> float:
        """Search. Returns the seconds until the complete response."""
        started = time.perf_counter()
        self._connection.request("GET", f"/api/conversations?q={quote(query)}", headers=self._headers)
        response = self._connection.getresponse()
        data = response.read()
        took = time.perf_counter() - started
        if response.status != 200 or (query == ABSENT and json.loads(data)["conversations"]):
            raise RuntimeError(f"{query}: {response.status} {data[:200]!r}")
        return took


def owner_of(database: Path, session: Session) -> str:
    conversation_id = session.new_conversation()
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        query = "SELECT owner FROM conversations WHERE id = ?"
        owner: str = connection.execute(query, (conversation_id,)).fetchone()[0]
    return owner


def unindexed(connection: sqlite3.Connection) -> int:
    number: int = connection.execute("SELECT count(*) FROM search_queue").fetchone()[0]
    return number
