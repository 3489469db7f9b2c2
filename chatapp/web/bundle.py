"""Bundles the page's modules, so that a first load takes 20 requests instead of 200.

There is no build step: the server bundles the modules in memory at the first request. Each module is also served by
itself, for workers and the sign-in page. In a bundle, a module is a function that is called once, in the order in which
modules are evaluated, and returns its exports:

    const $emitter = (() => { class Emitter { … } return { Emitter } })()
    const $outbox = (() => { const { Emitter } = $emitter … })()

It supports the few forms of `import` and `export` that the page's own modules use, each at the start of a line, and
refuses all others. Libraries are imported unchanged; a module that is imported on demand gets a bundle of its own.
Comments are left out; developer tools show the original modules.
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
#: A comment, if nothing else is on its lines.
COMMENT = re.compile(r"^[ \t]*//.*$", re.MULTILINE)
DOC = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*(?:\n[ \t]*\*(?!/)(?:(?!\*/).)*)*(?:\n[ \t]*)?\*/[ \t]*$", re.MULTILINE)
OWN_ADDRESS = re.compile(r"\bimport\.meta\.url\b")


class Unjoinable(Exception):
    """A module has a form of import or export that is not supported."""


@dataclass
class Module:
    """One module, without its comments.

    `imports`: its static imports, in order; `on_demand`: the page's own modules among its others.
    """

    name: str
    code: str
    imports: list[str] = field(default_factory=list)
    on_demand: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.code = COMMENT.sub("", DOC.sub(lambda match: "\n" * match[0].count("\n"), self.code))
        self.imports = list(dict.fromkeys(self.resolve(match["path"]) for match in STATIC.finditer(self.code)))
        paths = [self.resolve(match[2]) for match in ON_DEMAND.finditer(self.code)]
        self.on_demand = list(dict.fromkeys(path for path in paths if path.startswith(OWN)))

    def resolve(self, path: str) -> str:
        """Return the name of the module at a relative path."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.name), path))

    def statement(self, address: str) -> str:
        """Return the module as a statement of the bundle at `address`, with its line breaks. Raises Unjoinable."""
        exports: dict[str, str] = {}

        def replace_import(match: re.Match[str]) -> str:
            source = variable(self.resolve(match["path"]))
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

        code = STATIC.sub(replace_import, self.code)
        exports.update({name: name for name in EXPORTED.findall(code)})
        code = EXPORTED.sub("", code)
        if unknown := UNKNOWN.search(code):
            raise Unjoinable(f"{self.name}: {unknown[0]}")
        code = ON_DEMAND.sub(lambda match: match[1] + _relative(address, self._address_of(match[2])), code)
        own_address = f'new URL("{_relative(address, self.name)}", import.meta.url).href'
        code = OWN_ADDRESS.sub(lambda _: own_address, code)
        return (
            f"const {variable(self.name)} = (() => {{\n{code.rstrip()}\nreturn {{ {_braces(exports.items())} }}\n}})()"
        )

    def exports(self) -> list[str]:
        """Return the exported names."""
        re_exports = [match["names"] or "" for match in STATIC.finditer(self.code) if match["how"] == "export"]
        return EXPORTED.findall(self.code) + [outer for names in re_exports for _, outer in _pairs(names)]

    def imported_names(self) -> list[tuple[str, str]]:
        """Return the imports by name, as (module, name)."""
        named = [match for match in STATIC.finditer(self.code) if match["names"] is not None]
        return [(self.resolve(match["path"]), inner) for match in named for inner, _ in _pairs(match["names"])]

    def _address_of(self, path: str) -> str:
        name = self.resolve(path) + ("/" if path.endswith("/") else "")
        return joined_name(name) if name in self.on_demand else name


class Graph:
    """The page's modules and their imports, by name."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._modules: dict[str, Module] = {}

    def module(self, name: str) -> Module:
        if name not in self._modules:
            self._modules[name] = Module(name, self._files[name])
        return self._modules[name]

    def order(self, names: Iterable[str]) -> list[str]:
        """Return the modules and their static imports in evaluation order. Raises Unjoinable for a cycle."""
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
        """Raise Unjoinable if a module imports a name that the other one does not export."""
        for name in filter(lambda each: each.startswith(OWN), names):
            for source, imported in self.module(name).imported_names():
                if source.startswith(OWN) and imported not in self.module(source).exports():
                    raise Unjoinable(f"{name}: {source} exports no {imported}")

    def on_demand(self, names: Iterable[str]) -> list[str]:
        """Return the page's own modules that the given ones import on demand."""
        return [other for name in names if name.startswith(OWN) for other in self.module(name).on_demand]


def join(entry: str, files: Mapping[str, str]) -> dict[str, str]:
    """Return the bundles by name: the entry's, and one for each own module that is imported on demand.

    Each has a source map, so that a browser's developer tools show the original modules. Raises Unjoinable.
    """
    graph = Graph(files)
    first = graph.order([entry])
    later: dict[str, list[str]] = {}
    waiting = graph.on_demand(first)
    for name in waiting:
        if name not in later:
            later[name] = graph.order([name])
            waiting += graph.on_demand(later[name])
    # A module that several bundles need is in the entry's, since none may be evaluated twice.
    counts = Counter(name for names in later.values() for name in names if name.startswith(OWN))
    first = graph.order([*(name for name, count in counts.items() if count > 1), *first])
    graph.check({*first, *(name for names in later.values() for name in names)})
    result: dict[str, str] = {}
    for start, names in {entry: first, **later}.items():
        shared = [] if start == entry else [name for name in names if name in first and name.startswith(OWN)]
        parts = [graph.module(name) if name.startswith(OWN) else name for name in names if name not in shared]
        if len({variable(name) for name in [*names, *first]}) < len({*names, *first}):
            raise Unjoinable(f"{start}: two of its modules have the same name")
        result |= _file(start, joined_name(entry), parts, shared)
    return result


def variable(name: str) -> str:
    """Return the variable of a module in a bundle."""
    return "$" + re.sub(r"\W+", "_", posixpath.splitext(name)[0].removeprefix(OWN))


def joined_name(name: str) -> str:
    """Return the name of the bundle of a module."""
    return JOINED + name.removeprefix(OWN)


def _file(start: str, base: str, parts: list[Module | str], shared: Iterable[str]) -> dict[str, str]:
    """Return a bundle and its source map, by name.

    `parts`: modules, and names of libraries; `shared`: the modules to import from `base`, the entry's bundle.
    """
    address = joined_name(start)
    libraries = [part for part in parts if isinstance(part, str)]
    lines = [f'import * as {variable(name)} from "{_relative(address, name)}"' for name in libraries]
    if variables := ", ".join(map(variable, shared)):
        lines.append(f'import {{ {variables} }} from "{_relative(address, base)}"')
    origins: list[tuple[int, int] | None] = [None] * len(lines)
    own = [part for part in parts if isinstance(part, Module)]
    for index, module in enumerate(own):
        text = module.statement(address).split("\n")
        lines += text
        origins += [None, *((index, line) for line in range(len(text) - 3)), None, None]
    if address == base:
        lines.append(f"export {{ {', '.join(variable(module.name) for module in own)} }}")
    else:
        lines.append(f"export const {{ {', '.join(own[-1].exports())} }} = {variable(start)}")
    lines.append(f"//# sourceMappingURL={posixpath.basename(address)}.map")
    sources = [_relative(address, module.name) for module in own]
    source_map = {"version": 3, "sources": sources, "names": [], "mappings": _mappings(origins)}
    return {address: "\n".join(lines) + "\n", f"{address}.map": json.dumps(source_map)}


def _pairs(names: str) -> list[tuple[str, str]]:
    """Parse the names in braces. Returns (name in the other module, name in this one)."""
    parts = [part.split(" as ") for part in (name.strip() for name in names.split(",")) if part]
    return [(part[0].strip(), part[-1].strip()) for part in parts]


def _braces(pairs: Iterable[tuple[str, str]]) -> str:
    """Return pairs as the properties of an object literal or a destructuring."""
    return ", ".join(name if name == value else f"{name}: {value}" for name, value in pairs)


def _relative(address: str, name: str) -> str:
    """Return the path of a file, relative to the one at `address`."""
    path = posixpath.relpath(name, posixpath.dirname(address)) + ("/" if name.endswith("/") else "")
    return path if path.startswith(".") else f"./{path}"


def _mappings(origins: Iterable[tuple[int, int] | None]) -> str:
    """Return the `mappings` of a source map. `origins`: (source, line) for each line; None: generated."""
    mappings, last = [], (0, 0)
    for origin in origins:
        mappings.append("" if origin is None else "A" + _vlq(origin[0] - last[0]) + _vlq(origin[1] - last[1]) + "A")
        last = origin or last
    return ";".join(mappings)


def _vlq(number: int) -> str:
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    rest, text = (-number << 1) | 1 if number < 0 else number << 1, ""
    while True:
        rest, digit = rest >> 5, rest & 31
        text += digits[digit | 32 if rest else digit]
        if not rest:
            return text
