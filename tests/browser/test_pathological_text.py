"""Texts meant to hang the page or to overflow its stack."""

import pytest
from playwright.sync_api import expect

from browser.hostile import PATHOLOGICAL
from browser.probe import Probe

pytestmark = pytest.mark.browser

#: The number of texts that stream at a time.
TOGETHER = 4


@pytest.mark.timeout(300)
def test_pathological_texts_do_not_hang_the_page(probe: Probe) -> None:
    names = list(PATHOLOGICAL)
    for some in (names[n : n + TOGETHER] for n in range(0, len(names), TOGETHER)):
        problems = probe.stream([PATHOLOGICAL[name] for name in some])
        assert [(some[n], what) for n, what in problems] == []
    box = probe.page.get_by_test_id("composer")
    box.fill("아직 살아 있습니다")
    expect(box).to_have_value("아직 살아 있습니다")
