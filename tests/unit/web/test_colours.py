"""The light and the dark theme differ in colours only, so that what is not about colours is tested in one of them."""

import re

from support.paths import ROOT

STATIC = ROOT / "static"
RULES = re.compile(r"([^{}]*)\{([^{}]*)\}")


def test_the_style_of_a_theme_is_its_colours():
    for file in (STATIC / "css").glob("*.css"):
        css = file.read_text()
        assert "prefers-color-scheme" not in css, file
        for selector, style in RULES.findall(css):
            if "theme" in selector:
                assert re.fullmatch(r"\s*color-scheme: \w+;\s*", style), (file, selector)


def test_only_diagrams_are_told_the_theme_of_the_system():
    files = [file for file in (STATIC / "js").rglob("*.js") if "prefers-color-scheme" in file.read_text()]
    assert files == [STATIC / "js" / "diagram" / "colours.js"]
