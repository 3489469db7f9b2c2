"""A function of one's own beside a model's server: what its process costs, and what a token's way through it takes."""

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
MAX_TOKENS = 2000  # what the upstream's record holds of an answer
SPEAKER = "the upstream or the function"
SPEAKER_COST = f"CPU of {SPEAKER} per model token, µs"
COSTS = {COST: "… times that with the openai provider", SPEAKER_COST: "… times that of the upstream"}


@dataclass(frozen=True)
class Speaker:
    """Who says the tokens: what stands before a model's name, the process, and when it said which token."""

    prefix: str
    process: Process
    sent: Callable[[list[Conversation]], dict[str, Progress]]

    def model(self, script: str) -> str:
        """Return a model whose tokens take the same room whoever says them."""
        return f"{self.prefix}script?size={TOKEN_CHARACTERS}&{script}"


def run(options: Namespace) -> Report:
    """Measure the openai provider, then each function, on a new server each, as often as the options say."""
    if length(options) > MAX_TOKENS:
        sys.exit(f"The upstream notes {MAX_TOKENS:,} tokens of an answer: ask for less.")
    report = Report(
        f"function: {options.answers or ANSWERS} answers at {options.rate:g} tokens/s, {options.seconds:g} s"
    )
    for _ in range(options.repeat):
        with running_upstream() as source:
            with running_server(source.port) as server:
                plain = asyncio.run(measure(options, server, of_upstream(source), report))
            report.add("openai provider", compared(plain, plain))
            for column, function in FUNCTIONS.items():
                name = function.__name__
                target = f"{function.__module__}:{name}"
                with running_server(source.port, CHATAPP_FUNCTION=target, CHATAPP_FUNCTION_FOLDER=str(ROOT)) as server:
                    figures = asyncio.run(measure(options, server, of_function(server, name), report))
                report.add(column, compared(figures, plain))
    return report


def of_upstream(source: Upstream) -> Speaker:
    return Speaker("", source.process, lambda _conversations: upstream.sends(source.port))


def of_function(server: Server, name: str) -> Speaker:
    (process,) = server.worker.children()
    return Speaker(f"{name}/", Process(process), stamps)


def stamps(conversations: list[Conversation]) -> dict[str, Progress]:
    """Return when a function said which token, as the tokens themselves tell."""
    said = {
        each.question: "".join(entry["text"] for _, entry in each.tabs[0].heard.entries()) for each in conversations
    }
    return {
        question: [(float(stamp), count) for count, stamp in enumerate(text.split(), 1)]
        for question, text in said.items()
    }


async def measure(options: Namespace, server: Server, speaker: Speaker, report: Report) -> Figures:
    """Ask one question after another, then all at once."""
    begun = await first_tokens(options.questions, server, speaker)
    conversations = await open_conversations(server.port, options.answers or ANSWERS, 1)
    counters: Counters = {
        "server": server.worker.cpu_seconds,
        SPEAKER: speaker.process.cpu_seconds,
        **load.around(),
    }
    model = speaker.model(f"tokens={length(options)}&rate={options.rate:g}")
    window = await load.measure(conversations, model, options.seconds, counters, report)
    figures = load.figures(conversations, window, speaker.sent(conversations))
    per_token = window.growth[SPEAKER] / window.seconds / figures[TOKENS] * 1e6
    return {COST: figures[COST], SPEAKER_COST: per_token, **figures, **begun}


async def first_tokens(questions: int, server: Server, speaker: Speaker) -> Figures:
    """Return how soon an otherwise idle server has the first token."""
    tab = await Tab.connect(server.port, Session(server.port).cookie)
    model = speaker.model("tokens=1")
    times = [await first.ask(tab, model) for _ in range(first.WARM_UP_QUESTIONS + questions)]
    tab.close()
    return percentiles([began for _, began in times[first.WARM_UP_QUESTIONS :]], "first token", "ms", scale=1000)


def compared(figures: Figures, plain: Figures) -> Figures:
    """Return the figures, each cost with how many times that of the openai provider in the same run it is."""
    with_ratios: Figures = {}
    for name, value in figures.items():
        with_ratios[name] = value
        if name in COSTS:
            with_ratios[COSTS[name]] = value / plain[name]
    return with_ratios
