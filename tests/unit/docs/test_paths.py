"""The docs name files that exist."""

import re

import pytest

from support.paths import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").glob("*/*.md")])
#: Paths in backticks that begin with a folder of the repository.
PATH = re.compile(r"`((?:chatapp|static|templates|tests|bench|scripts|migrations|findings|docs|examples)/[\w./-]*)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_exists(page):
    named = set(PATH.findall(page.read_text()))
    assert {path for path in named if not (ROOT / path).exists()} == set()
