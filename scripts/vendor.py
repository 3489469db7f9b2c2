"""Refresh and check the browser libraries under static/vendor.

static/vendor/VERSIONS.md is the record: one row for each vendored file, with its SHA-256. Files are as published,
except for bare imports of other vendored libraries (`from "name"`), which browsers do not resolve: they are replaced
by relative paths.

    python scripts/vendor.py                       fetch the recorded files; refuse bytes that differ
    python scripts/vendor.py --check               compare the files on disk with the record, offline
    python scripts/vendor.py NAME@VERSION FILE...  add or replace a library; files default to the recorded ones
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
RECORD = VENDOR / "VERSIONS.md"
HEAD = """# Vendored libraries
As published on npm, but for bare imports, which name the files carried here; do not edit.
Refresh: `python scripts/vendor.py`; compare: `python scripts/vendor.py --check`.

| name | version | licence | file | sha256 |
|---|---|---|---|---|
"""


# The file to which a bare import of a library refers.
MAIN = {"get-east-asian-width": "index.js"}
BARE_IMPORT = re.compile(rb'(?<=from ")([\w@/-]+)(?=";)')


@dataclass(frozen=True, order=True)
class Row:
    name: str
    version: str
    licence: str
    file: str
    sha256: str

    @property
    def package(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def folder(self) -> Path:
        return VENDOR / f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}"

    @property
    def path(self) -> Path:
        return self.folder / self.file


def read_record() -> list[Row]:
    lines = RECORD.read_text().splitlines() if RECORD.exists() else []
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [Row(*row) for row in cells[2:]]


def write_record(rows: list[Row]) -> None:
    table = (f"| {r.name} | {r.version} | {r.licence} | {r.file} | {r.sha256} |\n" for r in sorted(rows))
    RECORD.write_text(HEAD + "".join(table))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def fetch(package: str, files: list[str], record: list[Row]) -> tuple[str, dict[str, bytes]]:
    """Return the licence name and the files of one published package, with resolved imports."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, package]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (tarball,) = Path(folder).glob("*.tgz")
        with tarfile.open(tarball) as archive:
            contents = {file: read_member(archive, file) for file in [*files, "package.json"]}
    licence = json.loads(contents.pop("package.json")).get("license", "unknown")
    return licence, {file: resolve_imports(data, file, record) for file, data in contents.items()}


def resolve_imports(data: bytes, file: str, record: list[Row]) -> bytes:
    """Replace the bare imports of a script by relative paths to vendored files."""
    folders = {row.name: row.folder.name for row in record}

    def replace(match: re.Match[bytes]) -> bytes:
        name = match[1].decode()
        if name not in folders:
            raise SystemExit(f"{file} imports {name}: vendor that first")
        return f"{'../' * (file.count('/') + 1)}{folders[name]}/{MAIN[name]}".encode()

    return BARE_IMPORT.sub(replace, data) if file.endswith("js") else data


def read_member(archive: tarfile.TarFile, file: str) -> bytes:
    try:
        member = archive.extractfile(f"package/{file}")
    except KeyError:
        member = None
    if member is None:
        raise SystemExit(f"The published package holds no {file}")
    return member.read()


def store(rows: list[Row], contents: dict[str, bytes]) -> None:
    for row in rows:
        row.path.parent.mkdir(parents=True, exist_ok=True)
        row.path.write_bytes(contents[row.file])


def refresh(record: list[Row]) -> None:
    """Fetch all recorded files again. A package is only written if all its bytes are as recorded."""
    for package in sorted({row.package for row in record}):
        rows = [row for row in record if row.package == package]
        _, contents = fetch(package, [row.file for row in rows], record)
        if changed := [row.file for row in rows if digest(contents[row.file]) != row.sha256]:
            raise SystemExit(f"{package}: not the recorded bytes: {', '.join(changed)}")
        store(rows, contents)
        print(f"{package}: {len(rows)} files as recorded")


def vendor(record: list[Row], package: str, files: list[str]) -> None:
    """Add or replace one library and record its hashes."""
    name, _, version = package.rpartition("@")
    if not name:
        raise SystemExit(f"{package}: name the exact version, as NAME@VERSION")
    old = [row for row in record if row.name == name]
    wanted = files or [row.file for row in old]
    if not any(file.lower().startswith("license") for file in wanted):
        wanted = sorted([*wanted, "LICENSE"])
    licence, contents = fetch(package, wanted, record)
    new = [Row(name, version, licence, file, digest(contents[file])) for file in wanted]
    for folder in {row.folder for row in old}:
        shutil.rmtree(folder, ignore_errors=True)
    store(new, contents)
    write_record([row for row in record if row.name != name] + new)
    print(f"{package}: {len(new)} files recorded")


def check(record: list[Row]) -> None:
    """Exit with an error if a file on disk is missing, unrecorded or not as recorded."""
    wrong = [row.path for row in record if not row.path.exists() or digest(row.path.read_bytes()) != row.sha256]
    known = {row.path for row in record} | {RECORD}
    wrong += [path for path in VENDOR.rglob("*") if path.is_file() and path not in known]
    if wrong:
        raise SystemExit("Not as recorded:\n" + "\n".join(f"  {path}" for path in sorted(wrong)))
    print(f"{len(record)} files as recorded")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("package", nargs="?")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    record = read_record()
    if arguments.check:
        check(record)
    elif arguments.package:
        vendor(record, arguments.package, arguments.files)
    else:
        refresh(record)


if __name__ == "__main__":
    main()
