"""A benchmark whose figures are a series: one row for each stretch of a long run."""

import textwrap
from dataclasses import dataclass, field
from typing import Any

from bench.report import Figures, digits

HEAD_CHARACTERS = 11
FAILURES_KEPT = 20


@dataclass
class Row:
    """A stretch, by the answers until its end; `label` says it where it is something else."""

    answers: int
    figures: Figures
    label: str = ""


@dataclass
class Series:
    """The rows of one run. `failures` says what must not be; `dropped` counts those that it has no room for."""

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
        """Return the rows as lines; what was not measured is blank."""
        heads = [textwrap.wrap(name, HEAD_CHARACTERS) for name in ["answers", *self.names]]
        depth = max(map(len, heads))
        lines = [list(line) for line in zip(*([""] * (depth - len(head)) + head for head in heads), strict=True)]
        body = [
            [row.label or f"{row.answers:,}", *(written(row.figures.get(name)) for name in self.names)]
            for row in self.rows
        ]
        widths = [max(len(line[index]) for line in lines + body) for index in range(len(heads))]
        printed = ["  ".join(map(str.rjust, line, widths)) for line in lines + body]
        failed = [f"FAILED: {failure}" for failure in self.failures]
        failed += [f"FAILED: {self.dropped:,} more like these"] if self.dropped else []
        return "\n".join([self.title, *printed[:depth], "-" * len(printed[0]), *printed[depth:], *failed])

    def kept(self) -> dict[str, Any]:
        """Return what is kept as JSON."""
        rows = [{"answers": row.answers, "label": row.label, "figures": row.figures} for row in self.rows]
        return {"title": self.title, "names": self.names, "rows": rows, "failures": self.failures}

    @classmethod
    def of_kept(cls, kept: dict[str, Any]) -> "Series":
        """Return a series that was kept."""
        return cls(kept["title"], kept["names"], [Row(**row) for row in kept["rows"]], kept["failures"])


def written(value: float | None) -> str:
    """Write a count as it is, a measured value with three digits that count, nothing where there is none."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else digits(value)
