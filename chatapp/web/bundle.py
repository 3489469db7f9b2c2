"""Several of the page's modules in one file, so that a first load asks for twenty files and not for two hundred.

No build step: the server joins what it has in memory when it is first asked, and each module can still be had by
itself, as workers and the sign-in page have it. Each module becomes a function that is called once, in the order in
which modules run, and returns what it exports:

    const $emitter = (() => { class Emitter { … } return { Emitter } })()
    const $outbox = (() => { const { Emitter } = $emitter … })()

It knows the few forms of `import` and `export` that the page's own modules use, each at the start of a line, and
refuses what else it meets. Libraries are imported as they are; what is imported on demand becomes a file of its own.
"""

import json
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

OWN, JOINED = "js/", "joined/"

STATIC = re.compile(
    r"""^(?P<how>import|export)\ (?:\{(?P<names>[^}]*)\}|(?P<default>\w+)|\*\ as\ (?P<all>\w+))
    \ from\ "(?P<path>\.[^"]+)"$""",
    re.MULTILINE | re.VERBOSE,
)
EXPORTED = re.compile(r"^export (?=(?:(?:async )?function\*?|class|const) (\w+))", re.MULTILINE)
UNKNOWN = re.compile(r"^(?:import(?!\s*[.(])|export)\b.*", re.MULTILINE)
ON_DEMAND = re.compile(r"""(?<=\bimport\()(["'`])(\.[^"'`$]*)""")
OWN_ADDRESS = re.compile(r"\bimport\.meta\.url\b")


class Unjoinable(Exception):
    """A module is written in a way that this does not know."""


@dataclass
class Module:
    """One module: what it imports, in order, and what it exports, each name with the expression for it."""

    name: str
    code: str
    imports: list[str] = field(default_factory=list)
    on_demand: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.imports = list(dict.fromkeys(self.resolved(match["path"]) for match in STATIC.finditer(self.code)))
        paths = [self.resolved(match[2]) for match in ON_DEMAND.finditer(self.code)]
        self.on_demand = list(dict.fromkeys(path for path in paths if path.startswith(OWN)))

    def resolved(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.name), path))

    def joined(self, address: str) -> str:
        """Return it as one of the statements of the file at `address`, each line where it was."""
        exports: dict[str, str] = {}

        def imported(match: re.Match[str]) -> str:
            source = variable(self.resolved(match["path"]))
            pairs = _pairs(match["names"]) if match["names"] is not None else []
            if match["how"] == "export":
                if match["names"] is None:
                    raise Unjoinable(f"{self.name}: {match[0]}")
                exports.update({outer: f"{source}.{inner}" for inner, outer in pairs})
                return "\n" * match[0].count("\n")
            if match["all"]:
                return f"const {match['all']} = {source}"
            names = _braces(pairs) or f"default: {match['default']}"
            return f"const {{ {names} }} = {source}" + "\n" * match[0].count("\n")

        code = STATIC.sub(imported, self.code)
        exports.update({name: name for name in EXPORTED.findall(code)})
        code = EXPORTED.sub("", code)
        if unknown := UNKNOWN.search(code):
            raise Unjoinable(f"{self.name}: {unknown[0]}")
        code = ON_DEMAND.sub(lambda match: match[1] + _way(address, self._address_of(match[2])), code)
        own = f'new URL("{_way(address, self.name)}", import.meta.url).href'
        code = OWN_ADDRESS.sub(lambda _: own, code)
        return (
            f"const {variable(self.name)} = (() => {{\n{code.rstrip()}\nreturn {{ {_braces(exports.items())} }}\n}})()"
        )

    def exported(self) -> list[str]:
        """Return the names that it exports."""
        handed_on = [match["names"] or "" for match in STATIC.finditer(self.code) if match["how"] == "export"]
        return EXPORTED.findall(self.code) + [outer for names in handed_on for _, outer in _pairs(names)]

    def wanted(self) -> list[tuple[str, str]]:
        """Return which names it takes from which modules."""
        named = [match for match in STATIC.finditer(self.code) if match["names"] is not None]
        return [(self.resolved(match["path"]), inner) for match in named for inner, _ in _pairs(match["names"])]

    def _address_of(self, path: str) -> str:
        name = self.resolved(path) + ("/" if path.endswith("/") else "")
        return joined_name(name) if name in self.on_demand else name


class Graph:
    """The modules that a page begins with, and those that they import, by name."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._modules: dict[str, Module] = {}

    def module(self, name: str) -> Module:
        if name not in self._modules:
            self._modules[name] = Module(name, self._files[name])
        return self._modules[name]

    def order(self, names: Iterable[str]) -> list[str]:
        """Return these and what they import, in the order in which they run. Raises Unjoinable for a circle."""
        done: dict[str, bool] = {}

        def visit(name: str) -> None:
            if done.get(name) is False:
                raise Unjoinable(f"{name}: imports itself, by way of others")
            if name in done:
                return
            done[name] = False
            for other in self.module(name).imports if name.startswith(OWN) else ():
                visit(other)
            done[name] = True
            order.append(name)

        order: list[str] = []
        for name in names:
            visit(name)
        return order

    def check(self, names: Iterable[str]) -> None:
        """Raise Unjoinable where a name is imported that was not seen to be exported."""
        for name in filter(lambda one: one.startswith(OWN), names):
            for source, wanted in self.module(name).wanted():
                if source.startswith(OWN) and wanted not in self.module(source).exported():
                    raise Unjoinable(f"{name}: {source} exports no {wanted}")

    def on_demand(self, names: Iterable[str]) -> list[str]:
        """Return which of the page's own modules these import on demand."""
        return [other for name in names if name.startswith(OWN) for other in self.module(name).on_demand]


def join(entry: str, files: Mapping[str, str]) -> dict[str, str]:
    """Return the joined files by name: the entry's, and one for each own module that is imported on demand.

    Each comes with a source map, so that a browser's tools show the modules as they were written.
    Raises Unjoinable.
    """
    graph = Graph(files)
    first = graph.order([entry])
    later: dict[str, list[str]] = {}
    waiting = graph.on_demand(first)
    for name in waiting:
        if name not in later:
            later[name] = graph.order([name])
            waiting += graph.on_demand(later[name])
    # What several of those need is there from the start: no module may run twice.
    counts = Counter(name for names in later.values() for name in names if name.startswith(OWN))
    first = graph.order([*(name for name, count in counts.items() if count > 1), *first])
    graph.check({*first, *(name for names in later.values() for name in names)})
    result: dict[str, str] = {}
    for start, names in {entry: first, **later}.items():
        given = [] if start == entry else [name for name in names if name in first and name.startswith(OWN)]
        parts = [graph.module(name) if name.startswith(OWN) else name for name in names if name not in given]
        if len({variable(name) for name in [*names, *first]}) < len({*names, *first}):
            raise Unjoinable(f"{start}: two of its modules have the same name")
        result |= _file(start, joined_name(entry), parts, given)
    return result


def variable(name: str) -> str:
    """Return what a module is called where it is joined with others."""
    return "$" + re.sub(r"\W+", "_", posixpath.splitext(name)[0].removeprefix(OWN))


def joined_name(name: str) -> str:
    """Return the name of the joined file that begins with this module."""
    return JOINED + name.removeprefix(OWN)


def _file(start: str, base: str, parts: list[Module | str], given: Iterable[str]) -> dict[str, str]:
    """Return the file of these parts (a name: a library), and its source map."""
    address = joined_name(start)
    lines = [f'import * as {variable(part)} from "{_way(address, part)}"' for part in parts if isinstance(part, str)]
    if variables := ", ".join(map(variable, given)):
        lines.append(f'import {{ {variables} }} from "{_way(address, base)}"')
    places: list[tuple[int, int] | None] = [None] * len(lines)
    own = [part for part in parts if isinstance(part, Module)]
    for index, module in enumerate(own):
        text = module.joined(address).split("\n")
        lines += text
        places += [None, *((index, line) for line in range(len(text) - 3)), None, None]
    if address == base:
        lines.append(f"export {{ {', '.join(variable(module.name) for module in own)} }}")
    else:
        lines.append(f"export const {{ {', '.join(own[-1].exported())} }} = {variable(start)}")
    lines.append(f"//# sourceMappingURL={posixpath.basename(address)}.map")
    sources = [_way(address, module.name) for module in own]
    source_map = {"version": 3, "sources": sources, "names": [], "mappings": _mappings(places)}
    return {address: "\n".join(lines) + "\n", f"{address}.map": json.dumps(source_map)}


def _pairs(names: str) -> list[tuple[str, str]]:
    """Return what stands in braces as (name in the module that it comes from, name here)."""
    parts = [part.split(" as ") for part in (name.strip() for name in names.split(",")) if part]
    return [(part[0].strip(), part[-1].strip()) for part in parts]


def _braces(pairs: Iterable[tuple[str, str]]) -> str:
    """Return pairs as they stand in an object, or where one is taken apart."""
    return ", ".join(name if name == value else f"{name}: {value}" for name, value in pairs)


def _way(address: str, name: str) -> str:
    """Return the relative address of a file, from another."""
    way = posixpath.relpath(name, posixpath.dirname(address)) + ("/" if name.endswith("/") else "")
    return way if way.startswith(".") else f"./{way}"


def _mappings(places: Iterable[tuple[int, int] | None]) -> str:
    """Return where each line comes from (source and line, None: from nowhere) as source maps write it."""
    written, last = [], (0, 0)
    for place in places:
        written.append("" if place is None else "A" + _vlq(place[0] - last[0]) + _vlq(place[1] - last[1]) + "A")
        last = place or last
    return ";".join(written)


def _vlq(number: int) -> str:
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    rest, text = (-number << 1) | 1 if number < 0 else number << 1, ""
    while True:
        rest, digit = rest >> 5, rest & 31
        text += digits[digit | 32 if rest else digit]
        if not rest:
            return text
