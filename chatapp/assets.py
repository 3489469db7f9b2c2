"""The page's files, under an address that changes with their contents, so that browsers keep them for good.

Scripts import each other relatively, so one version in the address of the first is in the address of all:
there is no build step, and no list of hashes.
"""

import hashlib
from pathlib import Path
from typing import Any

from flask import Flask, Response, send_from_directory

FOREVER_SECONDS = 365 * 24 * 3600


def serve(app: Flask, folder: Path) -> None:
    """Serve `folder` at /static/<version>/…; `url_for("static", filename=…)` knows the version.

    Templates get `page_scripts`: the names of the modules that app.js imports, however deep, to be loaded at once.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    current = digest.hexdigest()[:12]
    scripts = [str(path.relative_to(folder)) for path in files if path.suffix == ".js" and path.name != "signin.js"]

    def static(version: str, filename: str) -> Response:
        # A tab of the version before may still ask for a file: it gets today's, and may not keep it.
        kept = FOREVER_SECONDS if version == current else 0
        response = send_from_directory(folder, filename, max_age=kept)
        response.cache_control.immutable = kept > 0
        return response

    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("version", current)

    app.add_url_rule("/static/<version>/<path:filename>", endpoint="static", view_func=static)
    app.url_defaults(add_version)
    app.context_processor(lambda: {"page_scripts": scripts})
