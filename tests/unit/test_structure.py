"""The structure of the code, where import-linter (pyproject.toml) cannot see it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from support.paths import ROOT

PACKAGE = ROOT / "chatapp"
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports_of(path: Path) -> Iterator[str]:
    """Yield the full names that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers_of(name: str) -> set[str]:
    """Return the modules that import a name of the package."""
    return {str(path.relative_to(PACKAGE)) for path in MODULES if name in set(imports_of(path))}


def test_only_wsgi_imports_eventlet_at_the_root():
    named = {
        path.name for path in ROOT.glob("*.py") if any(name.split(".")[0] == "eventlet" for name in imports_of(path))
    }
    assert named == {"wsgi.py"}


def test_every_emit_is_in_broadcasts():
    emitting = {
        str(path.relative_to(PACKAGE)) for path in MODULES if re.search(r"(?<!super\(\))\.emit\(", path.read_text())
    }
    assert emitting == {"realtime/broadcasts.py"}


def test_only_the_token_log_reads_and_writes_its_entries():
    assert importers_of("chatapp.storage.tables.LogEntry") == {"storage/token_log.py"}


def test_only_the_configuration_imports_a_kind_of_provider():
    kinds = {
        "chatapp.providers.function.function_provider.FunctionProvider",
        "chatapp.providers.openai.openai_compatible.OpenAICompatible",
        "chatapp.providers.OpenAICompatible",
    }
    naming = set().union(*(importers_of(kind) for kind in kinds))
    assert naming == {"providers/configured.py"}


def test_class_names_are_unique():
    places: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name.lstrip("_"), []).append(str(path.relative_to(PACKAGE)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
