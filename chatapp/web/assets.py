"""Static files, under an address that changes with their contents, so that browsers may cache them for ever.

Scripts import each other by relative paths, so the version in the first one's address is in all addresses, without a
build step or a list of hashes. All files of a version are read at once and served from memory: an edit shows with the
next page load, and never under an earlier version's address.

The page loads its modules and its styles bundled, from /static/<version>/joined/.
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

#: The content types, as those of the operating system may be wrong.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
TEXT = "text/plain; charset=utf-8"  # licences, and the list of the vendored files
COMPRESSED_FORMATS = {".png", ".woff2"}

#: Subresources, to which the policies of their page apply. Workers and SVG images need their own.
PARTS = re.compile(r"/static/.*(?<!worker)\.(?:css|m?js|map|png|woff2)")

#: `import … from "./x.js"`, `export … from "./x.js"` and `import "./x.js"`, minified too.
IMPORT = re.compile(r"""(?:^|[;}/\s])(?:import|export)\b(?:[\w$*{}\s,]*?\bfrom)?\s*["'](\.{1,2}/[^"'\s]+)["']""")
#: `import("./x.js")`
ON_DEMAND = re.compile(r"""\bimport\(\s*["'](\.{1,2}/[^"'\s]+)["']\s*\)""")


@dataclass(frozen=True)
class File:
    """A file's name and content."""

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
    def gzipped(self) -> bytes | None:
        """The compressed content; None if it is no smaller."""
        if self.suffix in COMPRESSED_FORMATS or len(self.content) < compression.MIN_BYTES:
            return None
        gzipped = compression.gzip_bytes(self.content)
        return gzipped if len(gzipped) < len(self.content) else None


class Edition:
    """All files of the folder at one moment, under one version."""

    def __init__(self, folder: Path) -> None:
        self.stamp = _stamp(folder)
        self.files = {name: File(name, (folder / name).read_bytes()) for name, _, _ in self.stamp}
        digest = hashlib.sha256(Path(bundle.__file__).read_bytes())  # since it writes the bundles
        for file in self.files.values():
            digest.update(file.name.encode() + b"\0" + file.content)
        self.version = digest.hexdigest()[:12]

    def file(self, name: str) -> File | None:
        """Return a file of the folder, or a bundle: `joined/one+two.css` is two style sheets. None if unknown."""
        file = self.files.get(name) or self.bundles.get(name)
        if file is None and name.startswith(bundle.JOINED) and name.endswith(".css"):
            return self._sheet(name)
        return file

    @cached_property
    def bundles(self) -> dict[str, File]:
        """The page's modules, bundled, by name. Empty if they cannot be bundled; then each is served by itself."""
        modules = {name: file.text for name, file in self.files.items() if name.startswith(bundle.OWN)}
        try:
            texts = bundle.join(ENTRY, modules)
        except (bundle.Unjoinable, KeyError) as error:
            log.warning("The page's modules are served one by one, which is slow from afar: %s", error)
            return {}
        return {name: File(name, text.encode()) for name, text in texts.items()}

    @cached_property
    def page_scripts(self) -> list[str]:
        """The modules that the page needs at its start: the entry and its static imports, direct and indirect."""
        entry = bundle.joined_name(ENTRY)
        return self._with_imports([entry if entry in self.bundles else ENTRY])

    @cached_property
    def later_scripts(self) -> list[str]:
        """The modules that `page_scripts` import on demand, with the static imports of these."""
        names = self._with_imports([name for script in self.page_scripts for name in self._imports(script, ON_DEMAND)])
        return [name for name in names if name not in self.page_scripts]

    def _sheet(self, name: str) -> File | None:
        parts = name.removeprefix(bundle.JOINED).removesuffix(".css").split("+")
        sheets = [self.files.get(f"css/{part}.css") for part in parts]
        if None in sheets or len(sheets) > MAX_SHEETS:
            return None
        return File(name, b"\n".join(sheet.content for sheet in sheets if sheet))

    def _with_imports(self, entries: list[str]) -> list[str]:
        """Return the modules with their static imports, direct and indirect."""
        names = list(dict.fromkeys(entries))
        for name in names:
            names += [other for other in self._imports(name, IMPORT) if other not in names]
        return names

    def _imports(self, name: str, pattern: re.Pattern[str]) -> list[str]:
        file = self.files.get(name) or self.bundles[name]
        paths = (posixpath.join(posixpath.dirname(name), path) for path in pattern.findall(file.text))
        names = dict.fromkeys(posixpath.normpath(path) for path in paths)
        # The pattern also finds names in comments, which need not exist.
        return [each for each in names if each in self.files or each in self.bundles]


class Assets:
    """The current edition of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.edition = Edition(folder)

    def refresh(self) -> Edition:
        """Return the current edition; read the files again if one has changed. The check takes half a millisecond."""
        with contextlib.suppress(OSError):  # a file is just being replaced: the next call reads it
            if _stamp(self._folder) != self.edition.stamp:
                self.edition = Edition(self._folder)
        return self.edition

    def response(self, version: str, filename: str) -> Response:
        """Return the response for a file. Raises NotFound."""
        edition = self.edition
        file = edition.file(filename) or abort(404)
        gzipped = file.gzipped if compression.accepts_gzip(request) else None
        response = Response(file.content if gzipped is None else gzipped, content_type=file.content_type)
        if gzipped is not None:
            response.headers["Content-Encoding"] = "gzip"
        if file.gzipped is not None:
            response.vary.add("Accept-Encoding")
        response.set_etag(file.digest if gzipped is None else f"{file.digest}-gzip")
        # A tab of an earlier version may still request a file: it gets the current one, which it may not cache.
        response.cache_control.public = True
        response.cache_control.max_age = FOREVER_SECONDS if version == edition.version else 0
        response.cache_control.immutable = version == edition.version
        response.make_conditional(request, accept_ranges=True, complete_length=response.content_length)
        return response


def serve(app: Flask, folder: Path) -> Assets:
    """Serve `folder` at /static/<version>/…; `url_for("static", filename=…)` adds the version.

    Templates get `page_scripts`: the modules to be preloaded.
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
    """Tell whether a path is a subresource, which needs none of a page's headers: that saves 600 bytes, 90 times."""
    return PARTS.fullmatch(path) is not None


def _stamp(folder: Path) -> list[tuple[str, int, int]]:
    """Return the name, modification time and size of each file, sorted by name."""
    files: list[tuple[str, int, int]] = []
    folders = [""]
    for prefix in folders:
        with os.scandir(folder / prefix) as entries:
            for entry in entries:
                name = prefix + entry.name
                if entry.name.startswith("."):  # an editor's temporary file
                    continue
                if entry.is_dir():
                    folders.append(f"{name}/")
                else:
                    status = entry.stat()
                    files.append((name, status.st_mtime_ns, status.st_size))
    return sorted(files)
