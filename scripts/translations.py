"""Update the message catalogues from the code: `make translations`.

New messages are appended to both files, empty, to be translated and moved to their groups; unused ones are removed.
Nothing is compiled: the server reads the .po files.
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
from chatapp.transfer.import_merge import StillRunning
from chatapp.transfer.incoming import ImportTooLarge
from chatapp.web import i18n

ROOT = Path(__file__).resolve().parent.parent

#: Packages without messages for the page: a model server, the terminal client, the process of a user's function.
EXCLUDED = {"demo", "terminal", "function_host"}
#: Its sentences are no longer in the catalogues.
FORMER = "former_sentences.py"
#: Callables that take a message, by name: the index of the argument, and the context.
KINDS = [errors.ChatError, *errors.ChatError.__subclasses__(), ImportTooLarge, StillRunning]
CALLS = {kind.__name__: (0, None) for kind in KINDS}
CALLS |= {"kind": (0, None), "ProviderError": (1, i18n.ANSWER), "Rule": (1, i18n.ANSWER), "Notice": (0, i18n.ANSWER)}
CALLS |= dict.fromkeys(("_", "gettext", "Phrase"), (0, None))
#: Messages for programmers begin with the name of a field, and stay English.
FIELD = re.compile(r"[\w.-]+: ")

KEY_IN_SCRIPT = re.compile(r"\bt\((?!\))")
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
COMPOSED = re.compile(r"`(\w+)\$\{[^{}`]*\}(\w*)`")
KEY_IN_TEMPLATE = re.compile(r"""\b_\(\s*(["'])(.+?)\1""")


class UsedMessage(NamedTuple):
    """A message in the code: its id and its context."""

    id: str
    context: str | None = None


def used_messages() -> set[UsedMessage]:
    """Return all messages in the code."""
    found = {UsedMessage(kind.title) for kind in [errors.ChatError, *errors.ChatError.__subclasses__()]}
    for path in python_files():
        found |= set(messages_in_python(path))
    for path in (ROOT / "static" / "js").rglob("*.js"):
        found |= {UsedMessage(key) for key in keys_in_script(path.read_text())}
    for path in (ROOT / "templates").rglob("*.html"):
        found |= {UsedMessage(match[2]) for match in KEY_IN_TEMPLATE.finditer(path.read_text())}
    return found


def unused_messages(keys: set[UsedMessage]) -> set[UsedMessage]:
    """Return the messages that are not in the code, neither in a call nor as a literal, nor as a composed key."""
    codes = [path.read_text() for path in (*python_files(), *(ROOT / "static" / "js").rglob("*.js"))]
    literals = {literal for code in codes for literal in LITERAL.findall(code)}
    composed = {rf"{start}\w+{end}" for code in codes for start, end in COMPOSED.findall(code)}
    return {
        message
        for message in keys - used_messages()
        if message.id not in literals and not any(re.fullmatch(pattern, message.id) for pattern in composed)
    }


def python_files() -> Iterator[Path]:
    """Yield the modules that may have messages."""
    package = ROOT / "chatapp"
    return (
        path
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] not in EXCLUDED and path.name != FORMER
    )


def messages_in_python(path: Path) -> Iterator[UsedMessage]:
    """Yield a module's messages. Raises ValueError for an f-string, which cannot be found in a catalogue."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        index, context = CALLS.get(name, (0, None))
        arguments = node.args[index : index + 1] if name in CALLS else []
        arguments += [word.value for word in node.keywords if name == "RateLimit" and word.arg == "message"]
        for argument in arguments:
            if isinstance(argument, ast.JoinedStr) and not FIELD.match(_outline(argument)):
                raise ValueError(f"{path}:{node.lineno}: the values must stand beside the text, not in it")
            text = argument.value if isinstance(argument, ast.Constant) else None
            if isinstance(text, str) and text and not FIELD.match(text):
                yield UsedMessage(text, context)


def _outline(text: ast.JoinedStr) -> str:
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in text.values)


def keys_in_script(code: str) -> Iterator[str]:
    """Yield the keys in calls of `t`: a literal, or the branches of a conditional expression."""
    for call in KEY_IN_SCRIPT.finditer(code):
        argument = _first_argument(code, call.end())
        _, is_conditional, branches = argument.partition(" ? ")
        yield from LITERAL.findall(branches if is_conditional else argument)


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


def update(catalogue: Catalog) -> tuple[list[UsedMessage], list[UsedMessage]]:
    """Add missing messages and remove unused ones. Returns both."""
    known = {UsedMessage(key_of(message), message.context) for message in catalogue if message.id}
    new = sorted(used_messages() - known, key=lambda message: (message.context or "", message.id))
    unused = sorted(unused_messages(known), key=lambda message: message.id)
    for message in new:
        catalogue.add(message.id, context=message.context)
    for message in unused:
        catalogue.delete(message.id, message.context)
    return new, unused


def key_of(message: Message) -> str:
    """Return a message's id; of one with plural forms, the singular's."""
    return message.id if isinstance(message.id, str) else message.id[0]


def is_empty(message: Message, language: str) -> bool:
    """Tell whether a translation is missing. The id of a server's sentence is its English text."""
    forms = message.string if isinstance(message.string, tuple | list) else [message.string]
    return not all(forms) and (language != "en" or " " not in key_of(message))


def main() -> None:
    """Update both files."""
    for language in i18n.LANGUAGES:
        path = i18n.FOLDER / language / "LC_MESSAGES" / "messages.po"
        head, _, _ = path.read_text().partition("\n\n")
        catalogue = i18n.read(language)
        new, unused = update(catalogue)
        body = io.BytesIO()
        write_po(body, catalogue, width=0, no_location=True, omit_header=True)
        path.write_text(f"{head}\n\n{body.getvalue().decode()}")
        for mark, messages in (("+", new), ("-", unused)):
            for each in messages:
                print(f"{language} {mark} {each.id}")
        for message in catalogue:
            if message.id and is_empty(message, language):
                print(f"{language} ? {key_of(message)}: has no text yet")


if __name__ == "__main__":
    main()
