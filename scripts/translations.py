"""Bring the catalogues in line with what the code says: `make translations`.

What is new is added to both files, at the end and empty, to be written and moved to its group; what nobody says any
more goes. Nothing is compiled: the server reads the files as they are.
"""

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import write_po

from chatapp import errors
from chatapp.web import i18n

ROOT = Path(__file__).resolve().parent.parent

#: These speak by themselves: a model's server, a terminal, the process of a person's function.
APART = {"demo", "terminal", "function_host"}
#: Which argument of a call is said, and in which context; by the name of what is called.
SAYS = {kind.__name__: (0, None) for kind in [errors.ChatError, *errors.ChatError.__subclasses__()]}
SAYS |= {"kind": (0, None), "ProviderError": (1, i18n.ANSWER)}
SAYS |= dict.fromkeys(("_", "gettext"), (0, None))
#: What only who writes a program can meet begins with the name of a field, and stays English.
FIELD = re.compile(r"[\w.-]+: ")

KEY_IN_SCRIPT = re.compile(r"\bt\((?!\))")
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
COMPOSED = re.compile(r"`(\w+)\$\{[^{}`]*\}(\w*)`")
KEY_IN_TEMPLATE = re.compile(r"""\b_\(\s*(["'])(.+?)\1""")


class Said(NamedTuple):
    """One text that the code says: the id of a message, and its context."""

    id: str
    context: str | None = None


def said() -> set[Said]:
    """Return every text that stands in the code where something is said."""
    found = {Said(kind.title) for kind in [errors.ChatError, *errors.ChatError.__subclasses__()]}
    for path in python_files():
        found |= set(said_in_python(path))
    for path in (ROOT / "static" / "js").rglob("*.js"):
        found |= {Said(key) for key in keys_in_script(path.read_text())}
    for path in (ROOT / "templates").rglob("*.html"):
        found |= {Said(match[2]) for match in KEY_IN_TEMPLATE.finditer(path.read_text())}
    return found


def unsaid(keys: set[Said]) -> set[Said]:
    """Return those that nothing in the code can say; what is chosen while it runs is a literal there, or composed."""
    codes = [path.read_text() for path in (*python_files(), *(ROOT / "static" / "js").rglob("*.js"))]
    literals = {literal for code in codes for literal in LITERAL.findall(code)}
    composed = {rf"{start}\w+{end}" for code in codes for start, end in COMPOSED.findall(code)}
    return {
        one
        for one in keys - said()
        if one.id not in literals and not any(re.fullmatch(pattern, one.id) for pattern in composed)
    }


def python_files() -> Iterator[Path]:
    """Yield the server's modules."""
    package = ROOT / "chatapp"
    return (path for path in package.rglob("*.py") if path.relative_to(package).parts[0] not in APART)


def said_in_python(path: Path) -> Iterator[Said]:
    """Yield what a module says. Raises ValueError for a sentence with its values already in it: none can find it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        at, context = SAYS.get(name, (0, None))
        arguments = node.args[at : at + 1] if name in SAYS else []
        arguments += [word.value for word in node.keywords if name == "RateLimit" and word.arg == "message"]
        for argument in arguments:
            if isinstance(argument, ast.JoinedStr) and not FIELD.match(_outline(argument)):
                raise ValueError(f"{path}:{node.lineno}: the values must stand beside the text, not in it")
            text = argument.value if isinstance(argument, ast.Constant) else None
            if isinstance(text, str) and text and not FIELD.match(text):
                yield Said(text, context)


def _outline(text: ast.JoinedStr) -> str:
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in text.values)


def keys_in_script(code: str) -> Iterator[str]:
    """Yield the keys that stand in calls of `t`: one, or those between which a condition chooses."""
    for call in KEY_IN_SCRIPT.finditer(code):
        argument = _first_argument(code, call.end())
        _, asks, choices = argument.partition(" ? ")
        yield from LITERAL.findall(choices if asks else argument)


def _first_argument(code: str, start: int) -> str:
    depth = 0
    for at in range(start, len(code)):
        if code[at] in "([{":
            depth += 1
        elif code[at] in ")]}" or code[at] == ",":
            if depth == 0:
                return code[start:at]
            depth -= code[at] != ","
    return code[start:]


def update(catalogue: Catalog) -> tuple[list[Said], list[Said]]:
    """Add what is said and missing, drop what nobody says. Returns both."""
    known = {Said(key_of(message), message.context) for message in catalogue if message.id}
    new = sorted(said() - known, key=lambda one: (one.context or "", one.id))
    gone = sorted(unsaid(known), key=lambda one: one.id)
    for one in new:
        catalogue.add(one.id, context=one.context)
    for one in gone:
        catalogue.delete(one.id, one.context)
    return new, gone


def key_of(message: Message) -> str:
    """Return what a message is found by."""
    return message.id if isinstance(message.id, str) else message.id[0]


def is_empty(message: Message, language: str) -> bool:
    """Tell whether a text is still to be written. A sentence of the server is its own English text."""
    forms = message.string if isinstance(message.string, tuple | list) else [message.string]
    return not all(forms) and (language != "en" or " " not in key_of(message))


def main() -> None:
    """Update both files."""
    for language in i18n.LANGUAGES:
        path = i18n.FOLDER / language / "LC_MESSAGES" / "messages.po"
        head, _, _ = path.read_text().partition("\n\n")
        catalogue = i18n.read(language)
        new, gone = update(catalogue)
        body = io.BytesIO()
        write_po(body, catalogue, width=0, no_location=True, omit_header=True)
        path.write_text(f"{head}\n\n{body.getvalue().decode()}")
        for mark, texts in (("+", new), ("-", gone)):
            for one in texts:
                print(f"{language} {mark} {one.id}")
        for message in catalogue:
            if message.id and is_empty(message, language):
                print(f"{language} ? {key_of(message)}: has no text yet")


if __name__ == "__main__":
    main()
