"""Benchmark: very many answers of one server, whose memory, descriptors, connections and files must not grow."""

import asyncio
import contextlib
import re
import tempfile
import time
from argparse import Namespace
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import plot
from bench.conversations import open_tab
from bench.crowd import ACK_SECONDS, WRONG, Crowd, StuckError, within
from bench.gauges import GAUGES, RUNNING, Gauges, growth
from bench.processes import Server, running_server, running_upstream
from bench.questions import PROVIDERS, SHORT
from bench.report import Figures, percentiles
from bench.series import Row, Series
from bench.session import Session
from bench.tab import Tab

ANSWERS = 20_000
MIN_WARM_UP, MIN_STEP = 400, 100
STEPS, WARM_UP_SHARE = 20, 0.05
UPSTREAM_IDLE_SECONDS = 2  # of the provider `idles`
EVERY_SECONDS = 0.1
POLL_SECONDS, STEADY_SECONDS = 0.5, 4.0
TROUBLE = re.compile(r"Traceback|ERROR|CRITICAL")
BEFORE, AFTER = "at rest, before", "at rest, after"
#: Providers whose short models are listed: conversations with these get their titles from a model.
LISTED = ("keeps", "idles")
NAMES = [
    "answers per second",
    "CPU per answer, ms",
    *GAUGES,
    "lag p50, ms",
    "lag p99, ms",
    "first token p50, ms",
    "first token p99, ms",
]
SETTINGS = {
    # Deleted conversations and logs of ended answers are removed at the next sweep.
    "CHATAPP_GRACE_SECONDS": "0",
    "CHATAPP_LOG_KEEP_SECONDS": "0",
    "CHATAPP_CACHE_BYTES": "1048576",
    "CHATAPP_DRAIN_SECONDS": "1",
}


@dataclass(frozen=True)
class Plan:
    """The number of answers and tabs, the random seed, and the seconds of each rest.

    `is_brief`: a rest ends early, once the gauges are steady or back at their first values.
    """

    answers: int
    tabs: int
    seed: int
    rest: float
    is_brief: bool = False

    @property
    def step(self) -> int:
        """The number of answers in a row."""
        return max(MIN_STEP, self.answers // STEPS)

    @property
    def warm_up(self) -> int:
        return max(MIN_WARM_UP, round(self.answers * WARM_UP_SHARE))


def run(options: Namespace) -> Series:
    """Soak one server, once, whatever `--repeat` says, and plot the series if `--svg` is given."""
    series = soak(Plan(options.answers or ANSWERS, options.soak_tabs, options.seed, options.rest))
    if options.svg:
        beside = {options.beside.stem: plot.last_soak(options.beside)} if options.beside else {}
        options.svg.write_text(plot.draw_svg({"this run": series, **beside}))
    return series


def soak(plan: Plan, **settings: str) -> Series:
    """Run a plan on a new server and its upstreams. `settings`: additional settings of the server."""
    series = Series(f"soak: {plan.answers:,} answers, {plan.tabs} tabs, seed {plan.seed}", NAMES)
    with running_upstream() as plain, running_upstream("--idle-seconds", str(UPSTREAM_IDLE_SECONDS)) as idling:
        ports = {**dict.fromkeys(PROVIDERS, plain.port), "idles": idling.port}
        with (
            provider_file(ports) as file,
            running_server(plain.port, **SETTINGS, CHATAPP_CONFIG=str(file), **settings) as server,
        ):
            asyncio.run(Soak(plan, series, server, Gauges(server, frozenset(ports.values()))).run())
            for line in trouble(server.folder / "server.log"):
                series.fail(f"the server's log: {line}")
    return series


@contextlib.contextmanager
def provider_file(ports: dict[str, int]) -> Iterator[Path]:
    """Write a chatapp.toml with a provider for each port, for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="chatapp-soak-") as folder:
        file = Path(folder) / "chatapp.toml"
        parts = [f'default = "keeps/{SHORT[0]}"']
        for name, port in ports.items():
            models = f"models = {list(SHORT)}\nothers = true" if name in LISTED else ""
            parts.append(f'[providers.{name}]\nbase_url = "http://127.0.0.1:{port}/v1"\n{models}')
        file.write_text("\n".join(parts))
        yield file


class Soak:
    """One run: a warm-up, a rest, the measured answers, another rest. An idle owner's tab is open throughout."""

    def __init__(self, plan: Plan, series: Series, server: Server, gauges: Gauges) -> None:
        self._plan = plan
        self._series = series
        self._server = server
        self._gauges = gauges
        self._crowd = Crowd(server.port, plan.tabs, plan.seed, series.fail)
        self._lags: list[float] = []
        self._since = (0.0, 0.0, 0)

    async def run(self) -> None:
        async with self._bystander():
            try:
                await self._crowd.ask(self._plan.warm_up, self._plan.warm_up, self._begin_stretch)
                before = await self._rest(BEFORE)
                await self._begin_stretch()
                await self._crowd.ask(self._plan.answers, self._plan.step, self._take_row)
                after = await self._rest(AFTER, before)
            except StuckError as error:
                self._series.fail(str(error))
                with contextlib.suppress(*WRONG):
                    await self._take_row()
            else:
                for failure in growth(before, after):
                    self._series.fail(failure)

    @property
    def _answers(self) -> int:
        """The number of measured answers that are over."""
        return max(0, self._crowd.tally.over - self._plan.warm_up)

    async def _begin_stretch(self) -> None:
        self._lags.clear()
        self._crowd.tally.first_tokens.clear()
        self._since = (time.monotonic(), self._server.worker.cpu_seconds(), self._answers)

    async def _take_row(self) -> None:
        """Add a row for the stretch since the last one, and begin the next stretch."""
        began, cpu, answers = self._since
        more, seconds = max(1, self._answers - answers), time.monotonic() - began
        figures: Figures = {
            "answers per second": more / seconds,
            "CPU per answer, ms": (self._server.worker.cpu_seconds() - cpu) / more * 1000,
            **quantiles(self._lags, "lag"),
            **quantiles(self._crowd.tally.first_tokens, "first token"),
        }
        self._series.add(Row(self._answers, figures | await asyncio.to_thread(self._gauges.read)))
        await self._begin_stretch()

    async def _rest(self, label: str, before: Figures | None = None) -> Figures:
        """Wait without load, except for the idle owner's tab; then add a row with the gauges."""
        await self._crowd.clear()
        if self._plan.is_brief:
            figures = await self._wait_until_settled(before)
        else:
            await asyncio.sleep(self._plan.rest)
            figures = await asyncio.to_thread(self._gauges.read)
        if running := figures[RUNNING]:
            self._series.fail(f"{label}: {running:g} answers still run")
        self._series.add(Row(self._answers, figures, label))
        return figures

    async def _wait_until_settled(self, before: Figures | None) -> Figures:
        """Wait until the counts have been steady for a while, or are back at `before`."""
        deadline = steady_at = time.monotonic() + self._plan.rest
        counts: list[float] = []
        while True:
            figures, last = await asyncio.to_thread(self._gauges.read), counts
            now, counts = time.monotonic(), [value for value in figures.values() if isinstance(value, int)]
            steady_at = steady_at if counts == last else now + STEADY_SECONDS
            is_settled = now >= steady_at if before is None else not growth(before, figures)
            if now >= deadline or (is_settled and not figures[RUNNING]):
                return figures
            await asyncio.sleep(POLL_SECONDS)

    @contextlib.asynccontextmanager
    async def _bystander(self) -> AsyncIterator[None]:
        """Keep a tab open for the time of the block, which sends a cheap command periodically."""
        session = await asyncio.to_thread(Session, self._server.port)
        conversation_id = await asyncio.to_thread(session.new_conversation)
        tab = await within(ACK_SECONDS, open_tab(self._server.port, session, conversation_id))
        task = asyncio.create_task(self._measure_lags(tab, conversation_id))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            tab.close()

    async def _measure_lags(self, tab: Tab, conversation_id: str) -> None:
        try:
            while True:
                sent = time.time()
                at, _ = await within(ACK_SECONDS, tab.ask("close_conversation", conversation_id=conversation_id))
                self._lags.append(at - sent)
                await asyncio.sleep(max(0.0, sent + EVERY_SECONDS - time.time()))
        except WRONG as error:
            self._series.fail(f"the bystander: {type(error).__name__}: {error}")


def trouble(log: Path) -> list[str]:
    """Return the error lines of a server's log."""
    return [line for line in log.read_text(errors="replace").splitlines() if TROUBLE.search(line)]


def quantiles(seconds: list[float], name: str) -> Figures:
    """Return the median and the 99th percentile in ms; nothing for an empty list."""
    if not seconds:
        return {}
    found = percentiles(seconds, name, "ms", scale=1000)
    return {key: value for key, value in found.items() if key in NAMES}
