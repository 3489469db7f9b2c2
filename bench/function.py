"""Benchmark: a function compared with a model server. The CPU time of its process, and the time of a token."""

import asyncio
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass

from bench import first, load, upstream
from bench.conversations import Conversation, open_conversations
from bench.load import COST, TOKENS, length
from bench.processes import ROOT, Server, Upstream, running_server, running_upstream
from bench.procfs import Process
from bench.report import Figures, Report, percentiles
from bench.session import Session
from bench.speaker import TOKEN_CHARACTERS, async_generator, generator
from bench.tab import Tab
from bench.upstream import Progress
from bench.window import Counters

ANSWERS = 20
FUNCTIONS = {"generator": generator, "async generator": async_generator}
MAX_TOKENS = 2000  # the bound of the upstream's record of an answer
SPEAKER = "the upstream or the function"
SPEAKER_COST = f"CPU of {SPEAKER} per model token, µs"
COSTS = {COST: "… times that with the openai provider", SPEAKER_COST: "… times that of the upstream"}


@dataclass(frozen=True)
class TokenSource:
    """A source of tokens: the prefix of its models' names, its process, and the progress of its answers by question."""

    prefix: str
    process: Process
    sent: Callable[[list[Conversation]], dict[str, Progress]]

    def model(self, script: str) -> str:
        """Return a model; its tokens have the same length for all sources."""
        return f"{self.prefix}script?size={TOKEN_CHARACTERS}&{script}"


def run(options: Namespace) -> Report:
    """Measure the openai provider, then each function, each on a new server; repeat as the options say."""
    if length(options) > MAX_TOKENS:
        sys.exit(f"The upstream notes {MAX_TOKENS:,} tokens of an answer: ask for less.")
    report = Report(
        f"function: {options.answers or ANSWERS} answers at {options.rate:g} tokens/s, {options.seconds:g} s"
    )
    for _ in range(options.repeat):
        with running_upstream() as source:
            with running_server(source.port) as server:
                plain = asyncio.run(measure(options, server, of_upstream(source), report))
            report.add("openai provider", with_ratios(plain, plain))
            for column, function in FUNCTIONS.items():
                name = function.__name__
                target = f"{function.__module__}:{name}"
                with running_server(source.port, CHATAPP_FUNCTION=target, CHATAPP_FUNCTION_FOLDER=str(ROOT)) as server:
                    figures = asyncio.run(measure(options, server, of_function(server, name), report))
                report.add(column, with_ratios(figures, plain))
    return report


def of_upstream(source: Upstream) -> TokenSource:
    return TokenSource("", source.process, lambda _conversations: upstream.sends(source.port))


def of_function(server: Server, name: str) -> TokenSource:
    (process,) = server.worker.children()
    return TokenSource(f"{name}/", Process(process), timestamps)


def timestamps(conversations: list[Conversation]) -> dict[str, Progress]:
    """Return the progress of a function's answers, from the times in their tokens."""
    texts = {
        each.question: "".join(entry["text"] for _, entry in each.tabs[0].heard.entries()) for each in conversations
    }
    return {
        question: [(float(stamp), count) for count, stamp in enumerate(text.split(), 1)]
        for question, text in texts.items()
    }


async def measure(options: Namespace, server: Server, source: TokenSource, report: Report) -> Figures:
    """Ask questions one after another, then all at once."""
    first_token = await first_tokens(options.questions, server, source)
    conversations = await open_conversations(server.port, options.answers or ANSWERS, 1)
    counters: Counters = {
        "server": server.worker.cpu_seconds,
        SPEAKER: source.process.cpu_seconds,
        **load.around(),
    }
    model = source.model(f"tokens={length(options)}&rate={options.rate:g}")
    window = await load.measure(conversations, model, options.seconds, counters, report)
    figures = load.figures(conversations, window, source.sent(conversations))
    per_token = window.growth[SPEAKER] / window.seconds / figures[TOKENS] * 1e6
    return {COST: figures[COST], SPEAKER_COST: per_token, **figures, **first_token}


async def first_tokens(questions: int, server: Server, source: TokenSource) -> Figures:
    """Measure the time to the first token on an otherwise idle server."""
    tab = await Tab.connect(server.port, Session(server.port).cookie)
    model = source.model("tokens=1")
    times = [await first.ask(tab, model) for _ in range(first.WARM_UP_QUESTIONS + questions)]
    tab.close()
    return percentiles([began for _, began in times[first.WARM_UP_QUESTIONS :]], "first token", "ms", scale=1000)


def with_ratios(figures: Figures, plain: Figures) -> Figures:
    """Return the figures, each cost with its ratio to that of the openai provider in the same run."""
    result: Figures = {}
    for name, value in figures.items():
        result[name] = value
        if name in COSTS:
            result[COSTS[name]] = value / plain[name]
    return result
