"""Migrations folders of earlier versions."""

import shutil
from pathlib import Path

from support.paths import ROOT


def migrations_until(revision: str, folder: Path) -> Path:
    """Copy the migrations up to this revision, as an earlier version had them; return the copy."""

    def leave_out(_folder: str, names: list[str]) -> list[str]:
        return [name for name in names if name == "__pycache__" or (name[:4].isdigit() and name[:4] > revision)]

    return shutil.copytree(ROOT / "migrations", folder, ignore=leave_out)
