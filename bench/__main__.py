"""`python -m bench [NAME ...]`: run benchmarks, print a table of each, append the figures to a file."""

import argparse
import math
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import cached, first, floods, fresh, function, idle, imports, page, search, soak, thread, tokens
from bench.long_answers import KINDS
from bench.report import Printable, append_json

BENCHMARKS: dict[str, Callable[[argparse.Namespace], Printable]] = {
    "tokens": tokens.run,
    "idle": idle.run,
    "first": first.run,
    "cached": cached.run,
}
BENCHMARKS |= {"function": function.run, "search": search.run, "fresh": fresh.run, "imports": imports.run}
BENCHMARKS |= {"page": page.run, "thread": thread.run, "soak": soak.run, "floods": floods.run}
UNRECORDED = {"names", "json", "svg", "beside"}
BY_DEFAULT = ["tokens", "idle", "first", "cached"]


def main() -> None:
    """Run the benchmarks. Exits with 1 if one has failures, such as a tab without its complete answer."""
    options = parse_options()
    # A SIGTERM unwinds the stack, so that no process outlives this one.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    failed = False
    for name in options.names or BY_DEFAULT:
        report = BENCHMARKS[name](options)
        print(report.table(), end="\n\n", flush=True)
        if options.json:
            recorded = {key: value for key, value in vars(options).items() if key not in UNRECORDED}
            append_json(options.json, name, report, recorded)
        failed = failed or bool(report.failures)
    sys.exit(failed)


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure the server on this machine (docs/benchmarks.md says what each figure means).",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; without any: {', '.join(BY_DEFAULT)}"
    )
    parser.add_argument("--repeat", type=positive(int), default=3, help="runs of each benchmark; a range is printed")
    parser.add_argument(
        "--seconds", type=positive(float), default=10.0, help="tokens, idle, function: the measured time"
    )
    parser.add_argument("--conversations", type=positive(int), default=50, help="tokens: answers at once")
    parser.add_argument(
        "--rate", type=positive(float), default=50.0, help="tokens, function: model tokens per second and answer"
    )
    parser.add_argument("--tabs", type=positive(int), nargs="+", default=[1, 3], help="tokens: tabs per conversation")
    parser.add_argument("--idle-tabs", type=positive(int), default=500, help="idle: tabs")
    parser.add_argument("--questions", type=positive(int), default=200, help="first, cached, function: questions")
    parser.add_argument(
        "--answers",
        type=positive(int),
        help=f"function: answers at once, {function.ANSWERS} without; soak: answers in all, {soak.ANSWERS:,} without",
    )
    parser.add_argument("--messages", type=positive(int), default=100_000, help="search: messages of one owner")
    parser.add_argument("--characters", type=positive(int), default=100_000, help="page: length of an answer")
    parser.add_argument("--page-rate", type=positive(float), default=1000.0, help="page: tokens per second")
    parser.add_argument(
        "--slowdown", type=positive(float), default=4.0, help="page, thread: how many times slower the CPU is"
    )
    parser.add_argument("--thread", type=positive(int), default=2000, help="thread: messages of the long conversation")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, help="page: kinds of answers; all without")
    parser.add_argument("--import-mib", type=positive(int), default=60, help="imports: MiB of JSON")
    parser.add_argument("--floods", nargs="+", metavar="KIND", help="floods: kinds, such as 'tab: pings'")
    parser.add_argument("--soak-tabs", type=positive(int), default=50, help="soak: tabs that ask at the same time")
    parser.add_argument("--seed", type=int, default=1, help="soak: seed of the random numbers")
    parser.add_argument("--rest", type=positive(float), default=60.0, help="soak: seconds of rest, before and after")
    parser.add_argument("--svg", type=Path, help="soak: draw the series into this file")
    parser.add_argument("--beside", type=Path, help="soak: also draw the last series of this --json file")
    parser.add_argument("--json", type=Path, help="append the figures to this file")
    options = parser.parse_args()
    if unknown := set(options.names) - BENCHMARKS.keys():
        parser.error(f"no benchmark is named {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    return options


def positive(kind: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a parser of numbers above zero, for argparse."""

    def parse(text: str) -> Any:
        value = kind(text)
        if not 0 < value < math.inf:
            raise argparse.ArgumentTypeError("takes a number above zero")
        return value

    return parse


if __name__ == "__main__":
    main()
