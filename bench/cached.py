"""Benchmark: a repeated question. The time until its complete answer comes from the cache."""

import asyncio
import time
import uuid
from argparse import Namespace

from bench.processes import Server, running_server, running_upstream
from bench.report import Figures, Report, percentiles
from bench.session import Session
from bench.tab import Tab

TOKENS = 2000
RATE = 1000
MODEL = f"script?tokens={TOKENS}&rate={RATE}"


def run(options: Namespace) -> Report:
    """Ask the same question repeatedly, each time in a new conversation."""
    report = Report(f"cached: an answer of {TOKENS:,} tokens, asked for {options.questions} times more")
    for _ in range(options.repeat):
        with running_upstream() as source, running_server(source.port) as server:
            first, repeats = asyncio.run(measure(options.questions, server))
            report.add("first time", {"question to last token, ms": first * 1000})
            report.add("from the cache", repeats)
    return report


async def measure(questions: int, server: Server) -> tuple[float, Figures]:
    tab = await Tab.connect(server.port, Session(server.port).cookie)
    question = f"Count. {uuid.uuid4()}"
    first = await ask(tab, question)
    times = [await ask(tab, question) for _ in range(questions)]
    tab.close()
    return first, percentiles(times, "question to last token", "ms", scale=1000)


async def ask(tab: Tab, question: str) -> float:
    """Ask. Returns the seconds until the end of the answer, which follows the last token."""
    heard = tab.listen()
    sent = time.monotonic()
    await tab.ask(
        "send_message", conversation_id=None, client_message_id=str(uuid.uuid4()), content=question, model=MODEL
    )
    await heard.ended
    return time.monotonic() - sent
