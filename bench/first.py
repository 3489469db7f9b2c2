"""Benchmark: a question to an idle server. The times until its ack and until the answer's first token."""

import asyncio
import time
import uuid
from argparse import Namespace
from collections import defaultdict

from bench.processes import Server, Upstream, running_server, running_upstream
from bench.report import Figures, Report, percentiles
from bench.session import Session
from bench.tab import Tab
from bench.upstream import DirectCaller

MODEL = "script?tokens=1"
WARM_UP_QUESTIONS = 5


def run(options: Namespace) -> Report:
    """Ask the server and the upstream alternately, so that both have the same noise."""
    report = Report(f"first: {options.questions} questions, one after another")
    for _ in range(options.repeat):
        with running_upstream() as source, running_server(source.port) as server:
            for column, figures in asyncio.run(measure(options.questions, server, source)).items():
                report.add(column, figures)
    return report


async def measure(questions: int, server: Server, source: Upstream) -> dict[str, Figures]:
    tab = await Tab.connect(server.port, Session(server.port).cookie)
    direct = DirectCaller(source.port)
    times: dict[str, list[float]] = defaultdict(list)
    for number in range(WARM_UP_QUESTIONS + questions):
        acked, began = await ask(tab, MODEL)
        directly = direct.first_token_seconds(MODEL, question())
        if number >= WARM_UP_QUESTIONS:
            times["acked"].append(acked)
            times["began"].append(began)
            times["directly"].append(directly)
    tab.close()
    direct.close()
    return figures(times)


async def ask(tab: Tab, model: str) -> tuple[float, float]:
    """Ask in a new conversation; return the seconds until the ack and until the first token."""
    heard = tab.listen()
    sent = time.time()
    at, _ = await tab.ask(
        "send_message", conversation_id=None, client_message_id=str(uuid.uuid4()), content=question(), model=model
    )
    began = await heard.started
    await heard.ended
    return at - sent, began - sent


def figures(times: dict[str, list[float]]) -> dict[str, Figures]:
    ours = percentiles(times["began"], "first token", "ms", scale=1000)
    theirs = percentiles(times["directly"], "first token", "ms", scale=1000)
    added = {f"added: {name}": ours[name] - theirs[name] for name in ours if "max" not in name}
    acks = percentiles(times["acked"], "ack", "ms", scale=1000)
    return {"server": {**acks, **ours, **added}, "upstream directly": theirs}


def question() -> str:
    """Return a question that has not been asked before."""
    return f"Count. {uuid.uuid4()}"
