"""Fenced blocks: read as the page reads them, and exported so that everybody reads them alike."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.transfer.formats.fences import FENCE, closes, fenced_blocks
from chatapp.transfer.formats.open_blocks import close_blocks
from support.paths import TESTS

CASES = json.loads((TESTS / "cases" / "fences.json").read_text())
NAMES = [case["name"] for case in CASES]
PIECES = [
    "```",
    "````",
    "```md",
    "```python",
    "~~~",
    "~~~markdown",
    "- ```js",
    "text",
    "",
    "   ```",
    "    ```",
    "<!--",
    "-->",
]


def split(text):
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def bare(lines):
    return [line.rstrip("\n") for line in lines]


def blocks_of(text):
    """Return the fenced blocks of a text and the texts between them, as in tests/cases/fences.json."""
    lines = split(text)
    blocks, at = [], 0
    for block in fenced_blocks(bare(lines)):
        blocks += [{"fenced": False, "content": "".join(lines[at : block.start])}] if block.start > at else []
        content = [re.sub(f"^ {{0,{len(block.indent)}}}", "", line) for line in lines[block.start + 1 : block.end]]
        blocks.append({"fenced": True, "info": block.info.strip(), "content": "".join(content)})
        at = block.rest
    return blocks + ([{"fenced": False, "content": "".join(lines[at:])}] if at < len(lines) else [])


def plain_blocks(text):
    """Return the contents of fenced blocks as CommonMark ends them: at the first fence that is long enough."""
    found, fence = [], ""
    for line in bare(split(text)):
        match = FENCE.match(line)
        if fence and closes(line, fence):
            fence = ""
        elif fence:
            found[-1].append(line)
        elif match:
            fence = match[2]
            found.append([])
    return found


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_text_is_read_as_the_page_reads_it(case):
    assert blocks_of(case["markdown"]) == case["blocks"]


def shown_blocks(text):
    lines = bare(split(text))
    return [lines[block.start + 1 : block.end] for block in fenced_blocks(lines)]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_an_exported_text_has_the_same_blocks_for_everybody(case):
    assert plain_blocks(close_blocks(case["markdown"])) == shown_blocks(case["markdown"])


@given(
    st.lists(st.sampled_from(["```", "````", "```md", "```python", "~~~", "~~~md", "text", "", "   ```"]), max_size=12)
)
def test_random_fences_survive(pieces):
    text = "\n".join(pieces)
    written = close_blocks(text)
    assert plain_blocks(written) == shown_blocks(text)
    assert close_blocks(written) == written


#: A closing fence with its indentation, or the marks of an opening one.
MARKS = re.compile(r"^[ \t]*[`~]+[ \t]*$|[`~]")


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_nothing_but_fences_is_changed(pieces, line_end):
    text = line_end.join(pieces)
    lines = [line for line in re.split(r"[\r\n]+", text) if line]
    written = [line for line in re.split(r"[\r\n]+", close_blocks(text)) if line]
    assert [MARKS.sub("", line) for line in written][: len(lines)] == [MARKS.sub("", line) for line in lines]


def test_a_block_that_holds_blocks_gets_a_longer_fence():
    text = "Here:\n\n```markdown\n# A\n\n```bash\nnpm start\n```\n\nmore\n```\n\nafter"
    assert close_blocks(text) == text.replace("```markdown", "````markdown").replace("more\n```", "more\n````")


@pytest.mark.parametrize("piece", ["```md\n", "```md\n```a\n```\n\n", "```md\n```\na\n", "```\n```md\n", "~~~"])
def test_blocks_that_are_never_closed_take_linear_time(piece):
    assert close_blocks(piece * (100_000 // len(piece)))
