"""The structure of the code: imports point one way, and the async library is named in three places only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.paths import ROOT

PACKAGE = ROOT / "chatapp"

#: From the ground up: a package imports from lower layers, and from its own layer where that makes no circle.
LAYERS = (
    {"errors", "ids", "demo", "function_host", "terminal"},
    {"config", "server", "protocol"},
    {"storage", "providers"},
    {"chat", "realtime"},
    {"search", "transfer", "generation"},
    {"web"},
    {"application", "cli", "__main__"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

MODULES = sorted(PACKAGE.rglob("*.py"))
NAMES_EVENTLET = {
    "wsgi.py",
    "chatapp/realtime/websocket.py",
    "chatapp/server/concurrency.py",
    "chatapp/server/gunicorn_worker.py",
}


def top_level(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path: Path) -> Iterator[str]:
    """Yield the full names of what a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parts_imported(path: Path) -> set[str]:
    """Return which top-level parts of the package a file imports."""
    names = {name.split(".")[1] for name in imported(path) if name.startswith("chatapp.")}
    return names & LEVEL.keys()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    part = top_level(path)
    if part == "__init__":  # create_app() builds the whole
        assert parts_imported(path) == {"application"}
        return
    assert part in LEVEL, f"{part} stands in no layer"
    for other in parts_imported(path) - {part}:
        assert LEVEL[other] <= LEVEL[part], f"{part} must not import {other}, which stands above it"


def test_no_circle_among_the_parts_of_a_layer():
    needs = {part: set() for part in LEVEL}
    for path in MODULES:
        if top_level(path) in LEVEL:
            needs[top_level(path)] |= parts_imported(path) - {top_level(path)}
    placed = set()
    while len(placed) < len(needs):
        ready = {part for part, others in needs.items() if part not in placed and others <= placed}
        assert ready, f"a circle among {sorted(set(needs) - placed)}"
        placed |= ready


def test_the_demo_knows_nothing_of_the_application():
    for path in (PACKAGE / "demo").rglob("*.py"):
        assert parts_imported(path) <= {"demo"}, path


def test_the_terminal_knows_nothing_of_the_server():
    for path in (PACKAGE / "terminal").rglob("*.py"):
        assert parts_imported(path) <= {"terminal"}, path


def test_what_runs_beside_foreign_code_knows_nothing_of_the_application():
    for path in (PACKAGE / "function_host").rglob("*.py"):
        assert parts_imported(path) <= {"function_host"}, path


def test_only_the_seam_names_the_async_library():
    named = {
        str(path.relative_to(ROOT))
        for path in [*MODULES, *ROOT.glob("*.py")]
        if any(name.split(".")[0] in {"eventlet", "greenlet"} for name in imported(path))
    }
    assert named == NAMES_EVENTLET


def test_every_emit_stands_in_broadcasts():
    emitting = {str(path.relative_to(PACKAGE)) for path in MODULES if ".emit(" in path.read_text()}
    assert emitting == {"realtime/broadcasts.py"}
