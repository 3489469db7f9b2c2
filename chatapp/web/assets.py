"""The page's files, under an address that changes with their contents, so that browsers keep them for good.

Scripts import each other relatively, so one version in the address of the first is in the address of all:
there is no build step, and no list of hashes. Each version is read as a whole and served from memory: what is
edited, or half updated, shows with the next page that is asked for, and never under an earlier version's address.

A first load of the page asks for its modules and its styles joined, under /static/<version>/joined/.
"""

import contextlib
import hashlib
import logging
import os
import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request

from chatapp.web import bundle, compression

log = logging.getLogger(__name__)

FOREVER_SECONDS = 365 * 24 * 3600
ENTRY = "js/app.js"
MAX_SHEETS = 64

#: Of the files that there are; the machine's own table of types may be wrong. Text is compressed.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
TEXT = "text/plain; charset=utf-8"  # licences, and the record of what is carried
PACKED_ALREADY = {".png", ".woff2"}

#: Parts of a page, to which its policies apply. What runs by itself (a worker, a picture) has policies of its own.
PARTS = re.compile(r"/static/.*(?<!worker)\.(?:css|m?js|map|png|woff2)")

#: `import … from "./x.js"`, `export … from "./x.js"` and `import "./x.js"`, minified too.
IMPORT = re.compile(r"""(?:^|[;}/\s])(?:import|export)\b(?:[\w$*{}\s,]*?\bfrom)?\s*["'](\.{1,2}/[^"'\s]+)["']""")
#: `import("./x.js")`
ON_DEMAND = re.compile(r"""\bimport\(\s*["'](\.{1,2}/[^"'\s]+)["']\s*\)""")


@dataclass(frozen=True)
class File:
    """One file as it was read."""

    name: str
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")

    @property
    def suffix(self) -> str:
        return posixpath.splitext(self.name)[1]

    @property
    def content_type(self) -> str:
        return TYPES.get(self.suffix, TEXT)

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:16]

    @cached_property
    def packed(self) -> bytes | None:
        """The file in gzip, None where that is no smaller."""
        if self.suffix in PACKED_ALREADY or len(self.content) < compression.MIN_BYTES:
            return None
        packed = compression.compressed(self.content)
        return packed if len(packed) < len(self.content) else None


class Edition:
    """All files of the folder as they are at one time."""

    def __init__(self, folder: Path) -> None:
        self.stamp = _stamp(folder)
        self.files = {name: File(name, (folder / name).read_bytes()) for name, _, _ in self.stamp}
        digest = hashlib.sha256(Path(bundle.__file__).read_bytes())  # which decides what joined files hold
        for file in self.files.values():
            digest.update(file.name.encode() + b"\0" + file.content)
        self.version = digest.hexdigest()[:12]

    def file(self, name: str) -> File | None:
        """Return a file of the folder, or one that is joined from several: `joined/one+two.css` is two styles."""
        found = self.files.get(name) or self.joined.get(name)
        if found is None and name.startswith(bundle.JOINED) and name.endswith(".css"):
            return self._sheet(name)
        return found

    @cached_property
    def joined(self) -> dict[str, File]:
        """The page's modules as few files. None, and each is served by itself, where they cannot be joined."""
        modules = {name: file.text for name, file in self.files.items() if name.startswith(bundle.OWN)}
        try:
            texts = bundle.join(ENTRY, modules)
        except (bundle.Unjoinable, KeyError) as error:
            log.warning("The page's modules are served one by one, which is slow from afar: %s", error)
            return {}
        return {name: File(name, text.encode()) for name, text in texts.items()}

    @cached_property
    def page_scripts(self) -> list[str]:
        """The modules that the page cannot begin without: its entry, and what that imports, however deep."""
        entry = bundle.joined_name(ENTRY)
        return self._imported_by([entry if entry in self.joined else ENTRY])

    @cached_property
    def later_scripts(self) -> list[str]:
        """The modules that these import on demand, with what those import: but not what those import on demand."""
        names = self._imported_by([name for script in self.page_scripts for name in self._imports(script, ON_DEMAND)])
        return [name for name in names if name not in self.page_scripts]

    def _sheet(self, name: str) -> File | None:
        parts = name.removeprefix(bundle.JOINED).removesuffix(".css").split("+")
        sheets = [self.files.get(f"css/{part}.css") for part in parts]
        if None in sheets or len(sheets) > MAX_SHEETS:
            return None
        return File(name, b"\n".join(sheet.content for sheet in sheets if sheet))

    def _imported_by(self, entries: list[str]) -> list[str]:
        """Return the modules and what they import, however deep; without what is imported on demand."""
        found = list(dict.fromkeys(entries))
        for name in found:
            found += [other for other in self._imports(name, IMPORT) if other not in found]
        return found

    def _imports(self, name: str, pattern: re.Pattern[str]) -> list[str]:
        file = self.files.get(name) or self.joined[name]
        beside = (posixpath.join(posixpath.dirname(name), path) for path in pattern.findall(file.text))
        names = dict.fromkeys(posixpath.normpath(path) for path in beside)
        # A comment may speak of a module, too.
        return [one for one in names if one in self.files or one in self.joined]


class Assets:
    """The edition of today."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.edition = Edition(folder)

    def refresh(self) -> Edition:
        """Return the edition of the files as they are now. Looking takes half a millisecond."""
        with contextlib.suppress(OSError):  # just being replaced: the next one who asks finds it
            if _stamp(self._folder) != self.edition.stamp:
                self.edition = Edition(self._folder)
        return self.edition

    def response(self, version: str, filename: str) -> Response:
        """Answer the request for a file. Raises NotFound."""
        edition = self.edition
        file = edition.file(filename) or abort(404)
        packed = file.packed if compression.is_wanted(request) else None
        response = Response(file.content if packed is None else packed, content_type=file.content_type)
        if packed is not None:
            response.headers["Content-Encoding"] = "gzip"
        if file.packed is not None:
            response.vary.add("Accept-Encoding")
        response.set_etag(file.digest if packed is None else f"{file.digest}-gzip")
        # A tab of the version before may still ask for a file: it gets today's, and may not keep it.
        response.cache_control.public = True
        response.cache_control.max_age = FOREVER_SECONDS if version == edition.version else 0
        response.cache_control.immutable = version == edition.version
        response.make_conditional(request, accept_ranges=True, complete_length=response.content_length)
        return response


def serve(app: Flask, folder: Path) -> Assets:
    """Serve `folder` at /static/<version>/…; `url_for("static", filename=…)` knows the version.

    Templates get `page_scripts`: the modules to be loaded at once.
    """
    assets = Assets(folder)

    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("version", assets.edition.version)

    app.add_url_rule("/static/<version>/<path:filename>", endpoint="static", view_func=assets.response)
    app.url_defaults(add_version)
    app.context_processor(lambda: {"page_scripts": assets.refresh().page_scripts})
    return assets


def is_part(path: str) -> bool:
    """Tell whether the address is that of a part of a page, which needs no page's headers: 600 bytes, 90 times."""
    return PARTS.fullmatch(path) is not None


def _stamp(folder: Path) -> list[tuple[str, int, int]]:
    """Return name, time and size of each file, in the order of names."""
    found: list[tuple[str, int, int]] = []
    folders = [""]
    for prefix in folders:
        with os.scandir(folder / prefix) as entries:
            for entry in entries:
                name = prefix + entry.name
                if entry.name.startswith("."):  # an editor's
                    continue
                if entry.is_dir():
                    folders.append(f"{name}/")
                else:
                    about = entry.stat()
                    found.append((name, about.st_mtime_ns, about.st_size))
    return sorted(found)
