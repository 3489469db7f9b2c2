"""The report of a benchmark: a table to print, and a record in a JSON file."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

Figures = dict[str, float]


class Printable(Protocol):
    """Figures that can be printed and recorded."""

    failures: list[str]

    def table(self) -> str:
        """Return the figures as lines."""

    def as_json(self) -> dict[str, Any]:
        """Return the values to record."""


@dataclass
class Report:
    """The figures of one benchmark, by column, one set for each run. `failures`: what went wrong."""

    title: str
    columns: dict[str, list[Figures]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def add(self, column: str, figures: Figures) -> None:
        self.columns.setdefault(column, []).append(figures)

    def table(self) -> str:
        """Return the figures as lines: each the range over all runs."""
        names = list(dict.fromkeys(name for runs in self.columns.values() for name in runs[0]))
        rows = [[self.title, *self.columns]]
        rows += [
            [name, *(spread([run[name] for run in runs if name in run]) for runs in self.columns.values())]
            for name in names
        ]
        widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
        lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]
        return "\n".join(
            [lines[0], "-" * len(lines[0]), *lines[1:], *(f"FAILED: {failure}" for failure in self.failures)]
        )

    def as_json(self) -> dict[str, Any]:
        return {"columns": self.columns, "failures": self.failures}


def spread(values: Sequence[float]) -> str:
    """Format a range with three significant digits; a single value if both ends look the same."""
    if not values:
        return ""
    low, high = digits(min(values)), digits(max(values))
    return low if low == high else f"{low} to {high}"


def digits(value: float) -> str:
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def percentiles(values: Sequence[float], name: str, unit: str, *, scale: float) -> Figures:
    """Return the median, the 99th percentile and the largest, each times `scale`."""
    ordered = sorted(values)
    last = len(ordered) - 1
    ranks = {"p50": round(last * 0.5), "p99": round(last * 0.99), "max": last}
    return {f"{name} {rank}, {unit}": ordered[index] * scale for rank, index in ranks.items()}


def append_json(path: Path, name: str, report: Printable, options: dict[str, Any]) -> None:
    """Append a record to a file with one JSON array."""
    records = json.loads(path.read_text()) if path.exists() else []
    records.append(
        {
            "benchmark": name,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "commit": commit(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "options": options,
            **report.as_json(),
        }
    )
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(json.dumps(records, indent=1) + "\n")
    temporary.replace(path)


def commit() -> str:
    """Return the measured commit, marked if the work tree differs from it; empty outside of git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    found = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return found.stdout.strip()
