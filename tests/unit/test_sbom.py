"""The pinned packages, and the bill of materials made from them."""

import json
import re
from importlib import metadata

import pytest
from cyclonedx.output.json import JsonV1Dot6
from packaging.utils import canonicalize_name

from scripts import sbom, vendor
from support.paths import ROOT

PINS = sbom.pins(sbom.PINS.read_text())


@pytest.fixture(scope="module")
def bill():
    return json.loads(JsonV1Dot6(sbom.bill()).output_as_string())


@pytest.mark.parametrize("file", sorted(ROOT.glob("requirements*.txt")), ids=lambda file: file.stem)
def test_every_requirement_is_pinned_with_hashes(file):
    lines = re.findall(r"^[^\s#].*", file.read_text(), re.M)
    found = sbom.pins(file.read_text())
    assert len(found) == len(lines) > 0
    assert all(pin.hashes for pin in found)


def test_every_pinned_package_is_listed_with_its_hashes_and_licence(bill):
    listed = {one["purl"]: one for one in bill["components"]}
    installed = {canonicalize_name(one.name) for one in metadata.distributions()}
    for pin in PINS:
        part = listed[f"pkg:pypi/{pin.name}@{pin.version}"]
        assert sorted(one["content"] for one in part["hashes"]) == sorted(set(pin.hashes))
        assert {one["alg"] for one in part["hashes"]} == {"SHA-256"}
        assert part.get("licenses") or pin.name not in installed, f"{pin.name} has no licence"


def test_every_vendored_file_is_listed_with_its_hash(bill):
    files = [
        (library["name"], library["version"], file["name"], file["hashes"][0]["content"])
        for library in bill["components"]
        for file in library.get("components", ())
    ]
    assert sorted(files) == sorted((row.name, row.version, row.file, row.sha256) for row in vendor.read_record())
    assert all(library["licenses"] for library in bill["components"] if "components" in library)


def test_everything_listed_is_needed_by_the_application(bill):
    needs = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    reached, todo = set(), ["chatapp"]
    while todo:
        reached.add(one := todo.pop())
        todo += [other for other in needs[one] if other not in reached]
    assert reached == {"chatapp"} | {one["bom-ref"] for one in bill["components"]}
