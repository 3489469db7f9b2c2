"""The structure of the page's modules: which folder may import which, and no cycles."""

import json
import posixpath
import re
from graphlib import CycleError, TopologicalSorter

import pytest

from support.paths import ROOT

JS = ROOT / "static" / "js"

#: The folders that each folder imports from, beside itself and static/vendor. "" is the root, which composes the page.
ALLOWED: dict[str, set[str]] = {
    "base": set(),
    "net": {"base"},
    "state": {"base", "net"},
    "ui": {"base", "net"},
    "code": {"base", "ui"},
    "math": {"ui"},
    "diagram": {"code", "ui"},
    "markdown/parse": {"base", "math"},
    "markdown/stream": {"markdown/parse", "math"},
    "markdown/dom": {"code", "diagram", "markdown/parse", "math", "ui"},
    "markdown": {"base", "markdown/dom", "markdown/parse", "markdown/stream"},
    "thread/message": {"base", "markdown", "ui"},
    "thread/scroll": {"base", "ui"},
    "thread": {"base", "thread/message", "thread/scroll", "ui"},
    "composer": {"base", "ui"},
    "settings": {"base", "state", "ui"},
    "sidebar": {"base", "net", "state", "ui"},
    "": {"base", "composer", "net", "settings", "sidebar", "state", "thread", "thread/message", "thread/scroll", "ui"},
}
MAX_AT_ROOT = 5

IMPORT = re.compile(r"""(?:\bfrom\s*|^import\s*|\bimport\(\s*)["'`](\.[^"'`\n]+)["'`]""", re.MULTILINE)
WORKER = re.compile(r"""^(?! ?\*|/\*\*).*\bnew URL\(\s*["'](\.[^"']+\.js)["'],\s*import\.meta\.url""", re.MULTILINE)

#: A type that a comment names is no import: `/** @import { Chat } from "../state/chat.js" */`.
COMMENT = re.compile(r"/\*\*.*?\*/", re.DOTALL)

MODULES = {str(path.relative_to(JS)): COMMENT.sub("", path.read_text()) for path in sorted(JS.rglob("*.js"))}


def imports_of(name: str) -> set[str]:
    """Return the page's modules that a module imports, at once or on demand, by their paths in static/js."""
    paths = (
        posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) for path in IMPORT.findall(MODULES[name])
    )
    return {path for path in paths if not path.startswith("../vendor/")}


def folder_of(name: str) -> str:
    return posixpath.dirname(name)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_from_allowed_folders(name: str) -> None:
    assert folder_of(name) in ALLOWED, f"{folder_of(name)} is not declared"
    for other in imports_of(name):
        assert other in MODULES, f"{other} does not exist"
        allowed = {folder_of(name), *ALLOWED[folder_of(name)]}
        assert folder_of(other) in allowed, f"{folder_of(name)} must not import from {folder_of(other)}: {other}"


def test_every_declared_import_between_folders_exists() -> None:
    found = {(folder_of(name), folder_of(other)) for name in MODULES for other in imports_of(name)}
    declared = {(folder, other) for folder, others in ALLOWED.items() for other in others}
    assert declared <= found, f"declared and not used: {sorted(declared - found)}"


def test_folders_have_no_import_cycle() -> None:
    assert tuple(TopologicalSorter(ALLOWED).static_order())


def test_modules_have_no_import_cycle() -> None:
    try:
        TopologicalSorter({name: imports_of(name) for name in MODULES}).prepare()
    except CycleError as error:
        pytest.fail(f"modules import each other in a circle: {error.args[1]}")


def test_every_worker_exists_and_is_named_worker() -> None:
    started = {
        (name, posixpath.normpath(posixpath.join(folder_of(name), path)))
        for name, code in MODULES.items()
        for path in WORKER.findall(code)
    }
    assert started, "the page starts no worker any more"
    for name, worker in started:
        assert worker in MODULES, f"{name} starts {worker}, which does not exist"
        assert worker.endswith("worker.js"), f"{worker} would get the headers of a part of the page (assets.PARTS)"


def test_only_a_few_modules_are_at_the_root() -> None:
    assert len([name for name in MODULES if folder_of(name) == ""]) <= MAX_AT_ROOT


def test_every_library_that_a_module_imports_has_its_types() -> None:
    config = re.sub(r"^\s*//.*$", "", (ROOT / "jsconfig.json").read_text(), flags=re.MULTILINE)
    typed = json.loads(config)["imports"]
    libraries = {
        "./" + posixpath.normpath(posixpath.join("static/js", folder_of(name), path))
        for name, code in MODULES.items()
        for path in IMPORT.findall(code)
        if "/vendor/" in path and "$" not in path
    }
    assert libraries == typed.keys(), "jsconfig.json names the types of each"
    for types in typed.values():
        assert (ROOT / types).exists(), f"{types} does not exist"
