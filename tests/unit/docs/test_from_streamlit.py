"""The guide shows the files of its example as they are."""

import re

import pytest

from support.paths import ROOT

EXAMPLE = ROOT / "examples" / "from_streamlit"
CODE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", ["from-streamlit.md", "from-streamlit.ko.md"])
def test_the_code_of_the_guide_is_that_of_its_example(page):
    before, after, _ = CODE.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert before == (EXAMPLE / "streamlit_app.py").read_text(encoding="utf-8")
    assert after == (EXAMPLE / "travel_desk.py").read_text(encoding="utf-8")
