"""Plots series as an SVG with one panel for each figure, over the number of answers.

`python -m bench.plot FIGURES.json PICTURE.svg [BESIDE.json]` draws recorded series.
"""

import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from bench.series import Row, Series

COLUMNS, MARGIN, HEAD = 3, 16, 60
CELL_WIDTH, CELL_HEIGHT = 300, 180
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 26, 36
MAX_INTERVALS = 4
NICE = (1, 2, 2.5, 5, 10)
ACROSS, DOWN = CELL_WIDTH - LEFT - RIGHT, CELL_HEIGHT - TOP - BOTTOM
# An SVG in an <img> does not inherit the page's colours, so it has both sets.
STYLE = """
svg { color: #1f2328; font: 11px system-ui, sans-serif; }
text { fill: currentColor; }
.title { font-size: 14px; font-weight: 600; }
.name { font-weight: 600; }
.end { text-anchor: end; }
.middle { text-anchor: middle; }
.grid { stroke: currentColor; stroke-opacity: 0.15; }
.axis { stroke: currentColor; stroke-opacity: 0.5; }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.mark { fill: none; stroke-width: 1.5; }
.run-0 { stroke: #0550ae; }
.run-1 { stroke: #bc4c00; stroke-dasharray: 5 3; }
.mark.run-1 { stroke-dasharray: none; }
@media (prefers-color-scheme: dark) {
  svg { color: #d1d7e0; }
  .run-0 { stroke: #6cb6ff; }
  .run-1 { stroke: #f69d50; }
}
"""


@dataclass(frozen=True)
class Axis:
    """From zero to `top`, in steps that are easy to read."""

    top: float
    step: float

    @classmethod
    def up_to(cls, value: float) -> "Axis":
        """Return the smallest axis up to a value."""
        least = (value or 1.0) / MAX_INTERVALS
        scale = 10.0 ** math.floor(math.log10(least))
        step = next(factor * scale for factor in NICE if factor * scale >= least * 0.9999)
        return cls(step * math.ceil(value / step * 0.9999 or 1), step)

    def ticks(self) -> list[float]:
        return [number * self.step for number in range(round(self.top / self.step) + 1)]


@dataclass(frozen=True)
class Panel:
    """The panel of one figure, with a curve for each run."""

    name: str
    runs: Sequence[Series]
    across: Axis
    left: float
    top: float

    def lines(self) -> Iterator[str]:
        name, _, unit = self.name.partition(", ")
        up = Axis.up_to(max((value for run in self.runs for _, value, _ in points(run, self.name)), default=1.0))
        yield f'<g transform="translate({self.left:g} {self.top:g})">'
        yield text(LEFT, 14, f"{name} ({unit})" if unit else name, "name")
        for tick in up.ticks():
            y = TOP + DOWN * (1 - tick / up.top)
            yield f'<line class="grid" x1="{LEFT}" x2="{LEFT + ACROSS}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield text(LEFT - 8, y + 4, short(tick), "end")
        yield f'<line class="axis" x1="{LEFT}" x2="{LEFT + ACROSS}" y1="{TOP + DOWN}" y2="{TOP + DOWN}"/>'
        for tick in self.across.ticks():
            yield text(self.x(tick), TOP + DOWN + 14, short(tick), "middle")
        yield text(LEFT + ACROSS / 2, TOP + DOWN + 29, "answers", "middle")
        for number, run in enumerate(self.runs):
            yield from self.curve(run, up, f"run-{number}")
        yield "</g>"

    def curve(self, run: Series, up: Axis, style: str) -> Iterator[str]:
        """Draw one run: a line, a circle at each rest, a cross at a premature end."""
        places = [(self.x(x), TOP + DOWN * (1 - y / up.top), row) for x, y, row in points(run, self.name)]
        line = [(x, y) for x, y, row in places if not row.label]
        if line:
            coordinates = " ".join(f"{x:.1f},{y:.1f}" for x, y in line)
            yield f'<polyline class="line {style}" points="{coordinates}"/>'
            if is_unfinished(run):
                yield cross(*line[-1], style)
        for x, y, row in places:
            if row.label:
                yield f'<circle class="mark {style}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'

    def x(self, answers: float) -> float:
        return LEFT + ACROSS * answers / self.across.top


def draw_svg(runs: dict[str, Series]) -> str:
    """Return the SVG of one or two series, by name."""
    series = list(runs.values())
    names = [name for name in series[0].names if any(points(run, name) for run in series)]
    across = Axis.up_to(max((row.answers for run in series for row in run.rows), default=1))
    width = 2 * MARGIN + COLUMNS * CELL_WIDTH
    height = HEAD + math.ceil(len(names) / COLUMNS) * CELL_HEIGHT + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<style>{STYLE}</style>",
        text(MARGIN, 22, series[0].title, "title"),
        *legend(runs),
    ]
    for number, name in enumerate(names):
        row, column = divmod(number, COLUMNS)
        lines += Panel(name, series, across, MARGIN + column * CELL_WIDTH, HEAD + row * CELL_HEIGHT).lines()
    return "\n".join([*lines, "</svg>", ""])


def legend(runs: dict[str, Series]) -> Iterator[str]:
    """Draw the legend: the lines' runs and the marks' meaning."""
    x, y = MARGIN, 44
    for number, (name, run) in enumerate(runs.items()):
        label = f"{name}, ended after {run.rows[-1].answers:,} answers" if is_unfinished(run) and run.rows else name
        yield f'<line class="line run-{number}" x1="{x}" x2="{x + 28}" y1="{y - 4}" y2="{y - 4}"/>'
        yield text(x + 34, y, label)
        x += 60 + 6 * len(label)
    yield f'<circle class="mark run-0" cx="{x + 4}" cy="{y - 4}" r="4"/>'
    yield text(x + 14, y, "at rest, before and after")


def points(run: Series, name: str) -> list[tuple[int, float, Row]]:
    """Return (answers, figure, row) for each row that has the figure."""
    return [(row.answers, row.figures[name], row) for row in run.rows if name in row.figures]


def is_unfinished(run: Series) -> bool:
    """Tell whether a run ended prematurely: a complete one ends with a rest."""
    return not (run.rows and run.rows[-1].label and run.rows[-1].answers)


def cross(x: float, y: float, style: str) -> str:
    return f'<path class="mark {style}" d="M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8"/>'


def text(x: float, y: float, words: str, style: str = "") -> str:
    styled = f' class="{style}"' if style else ""
    return f'<text{styled} x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def short(value: float) -> str:
    """Format a number for an axis."""
    return f"{value / 1000:,.10g}k" if value >= 1000 else f"{value:.10g}"


def last_soak(path: Path) -> Series:
    """Return the last soak of a `--json` file. Exits if there is none."""
    soaks = [each for each in json.loads(path.read_text()) if each["benchmark"] == "soak"]
    if not soaks:
        sys.exit(f"{path} holds no soak.")
    return Series.from_json(soaks[-1])


def main() -> None:
    figures, picture, *beside = map(Path, sys.argv[1:])
    picture.write_text(draw_svg({path.stem: last_soak(path) for path in (figures, *beside)}))


if __name__ == "__main__":
    main()
