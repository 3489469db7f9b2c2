"""The report of a benchmark with a series of figures: one row for each stretch of a long run."""

import textwrap
from dataclasses import dataclass, field
from typing import Any

from bench.report import Figures, digits

HEAD_CHARACTERS = 11
FAILURES_KEPT = 20


@dataclass
class Row:
    """The figures of a stretch. `answers`: until its end; `label`: replaces them in the table, as for a rest."""

    answers: int
    figures: Figures
    label: str = ""


@dataclass
class Series:
    """The rows of one run. `failures`: what went wrong; `dropped`: how many more failures there were."""

    title: str
    names: list[str]
    rows: list[Row] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    dropped: int = 0

    def add(self, row: Row) -> None:
        self.rows.append(row)

    def fail(self, failure: str) -> None:
        if len(self.failures) < FAILURES_KEPT:
            self.failures.append(failure)
        else:
            self.dropped += 1

    def table(self) -> str:
        """Return the rows as lines; a figure that was not measured is blank."""
        heads = [textwrap.wrap(name, HEAD_CHARACTERS) for name in ["answers", *self.names]]
        depth = max(map(len, heads))
        lines = [list(line) for line in zip(*([""] * (depth - len(head)) + head for head in heads), strict=True)]
        body = [
            [row.label or f"{row.answers:,}", *(format_value(row.figures.get(name)) for name in self.names)]
            for row in self.rows
        ]
        widths = [max(len(line[index]) for line in lines + body) for index in range(len(heads))]
        printed = ["  ".join(map(str.rjust, line, widths)) for line in lines + body]
        failed = [f"FAILED: {failure}" for failure in self.failures]
        failed += [f"FAILED: {self.dropped:,} more like these"] if self.dropped else []
        return "\n".join([self.title, *printed[:depth], "-" * len(printed[0]), *printed[depth:], *failed])

    def as_json(self) -> dict[str, Any]:
        """Return the values to record."""
        rows = [{"answers": row.answers, "label": row.label, "figures": row.figures} for row in self.rows]
        return {"title": self.title, "names": self.names, "rows": rows, "failures": self.failures}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Series":
        """Return a recorded series."""
        return cls(kept["title"], kept["names"], [Row(**row) for row in kept["rows"]], kept["failures"])


def format_value(value: float | None) -> str:
    """Format a count exactly, a measured value with three significant digits, and None as nothing."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else digits(value)
