"""Print the software bill of materials (CycloneDX, JSON): what is delivered, with versions, licences and hashes.

These are the packages that requirements.txt pins, with the SHA-256 of each file that pip accepts, and the libraries of
the page in static/vendor, with that of each file. Run by `make sbom`, in its environment: the packages' licences are
read from their metadata there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from itertools import groupby

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.utils import canonicalize_name

from chatapp import __version__
from scripts import vendor
from scripts.vendor import Row

PINS = vendor.VENDOR.parents[1] / "requirements.txt"
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?P<rest>.*(?:\n    .*)*)", re.M)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
#: A package that needs this one, as uv notes it: `# via flask`, or one in each of several lines.
VIA = re.compile(r"# +(?:via )?(?!via$)([\w.-]+)(?: \(pyproject\.toml\))?$", re.M)


@dataclass(frozen=True)
class Pin:
    """A pinned package, the hashes of its files, and the names of the packages that need it."""

    name: str
    version: str
    hashes: tuple[str, ...]
    needed_by: tuple[str, ...]


def pins(text: str) -> list[Pin]:
    """Read requirements.txt."""
    return [
        Pin(match["name"], match["version"], tuple(HASH.findall(match["rest"])), tuple(VIA.findall(match["rest"])))
        for match in PIN.finditer(text)
    ]


def bill() -> Bom:
    """Return the bill of the checkout."""
    root = Component(name="chatapp", version=__version__, type=ComponentType.APPLICATION, bom_ref="chatapp")
    root.licenses.add(LicenseFactory().make_from_string("MIT"))
    bom = Bom()
    bom.metadata.component = root
    pinned = {pin.name: (pin, _package(pin)) for pin in pins(PINS.read_text())}
    libraries = list(_libraries(vendor.read_record()))
    bom.components.update([*libraries, *(package for _, package in pinned.values())])
    bom.register_dependency(root, libraries)
    for pin, package in pinned.values():
        for name in pin.needed_by:
            bom.register_dependency(root if name == "chatapp" else pinned[name][1], [package])
    return bom


def _package(pin: Pin) -> Component:
    address = PackageURL("pypi", name=canonicalize_name(pin.name), version=pin.version)
    return Component(
        name=pin.name,
        version=pin.version,
        purl=address,
        bom_ref=str(address),
        licenses=_licences(pin.name),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in pin.hashes],
    )


def _licences(name: str) -> list[License]:
    """Return the licence of an installed package; none if this machine needs no such package."""
    try:
        head = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    classified = [
        line.rpartition(" :: ")[2] for line in head.get_all("Classifier", []) if line.startswith("License ::")
    ]
    text = head.get("License-Expression") or head.get("License", "").partition("\n")[0] or " and ".join(classified)
    return [LicenseFactory().make_from_string(text)] if text else []


def _libraries(rows: list[Row]) -> Iterator[Component]:
    for package, files in groupby(sorted(rows), key=lambda row: row.package):
        first, *rest = files
        namespace, _, name = first.name.rpartition("/")
        address = PackageURL("npm", namespace=namespace or None, name=name, version=first.version)
        yield Component(
            name=first.name,
            version=first.version,
            purl=address,
            bom_ref=str(address),
            licenses=[LicenseFactory().make_from_string(first.licence)],
            components=[_file(package, row) for row in (first, *rest)],
        )


def _file(package: str, row: Row) -> Component:
    digest = HashType(alg=HashAlgorithm.SHA_256, content=row.sha256)
    return Component(name=row.file, type=ComponentType.FILE, bom_ref=f"{package}/{row.file}", hashes=[digest])


if __name__ == "__main__":
    sys.stdout.write(JsonV1Dot6(bill()).output_as_string(indent=2))
