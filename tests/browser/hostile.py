"""Hostile texts of tests/data/hostile, and the positions in Markdown where they can stand."""

import json
import random
from itertools import pairwise

from support.paths import DATA

FOLDER = DATA / "hostile"
OWN = json.loads((FOLDER / "own.json").read_text())
PUBLISHED = {name: json.loads((FOLDER / f"{name}.json").read_text()) for name in ("dompurify", "bleach", "naughty")}
PUBLISHED |= json.loads((FOLDER / "brs_kb.json").read_text())
PAYLOADS = {**PUBLISHED, **OWN}

#: Positions in Markdown; § stands for the text.
POSITIONS = {
    "raw": "§",
    "paragraph": "앞 § 뒤",
    "heading": "# §",
    "item": "1. §\n2. next",
    "task": "- [x] §",
    "cell": "| § | b |\n|:--|--:|\n| c | § |\n",
    "quote": "> §",
    "bold": "**§**",
    "words of a link": "[§](https://example.com)",
    "destination": "[text](§)",
    "destination in brackets": "[text](<§>)",
    "title": '[text](https://example.com "§")',
    "words of a picture": "![§](https://example.com/a.png)",
    "address of a picture": "![text](§)",
    "address of a picture in brackets": '![text](<§> "title")',
    "autolink": "<§>",
    "bare link": "https://example.com/§",
    "code": "`` § ``",
    "fence": "```js\n§\n```\n",
    "indented code": "    §",
    "language": "~~~§\ncode\n~~~\n",
    "footnote": "a[^1]^[§]\n\n[^1]: §\n",
    "label of a footnote": "a[^§]\n\n[^§]: note\n",
    "address of a reference": "[a][b] ![c][b]\n\n[b]: §\n",
    "title of a reference": '[a][b]\n\n[b]: https://example.com "§"\n',
    "label of a reference": "[§] [a][§]\n\n[§]: https://example.com\n",
    "formula": "$§$",
    "formula on its own": "$$\n§\n$$\n",
}

#: Texts meant to hang a page or to overflow its stack; 100,000 characters at most.
PATHOLOGICAL = {
    "quotes": ">" * 10_000 + " x",
    "brackets": "[" * 100_000,
    "pictures": "![" * 50_000,
    "stars": "*" * 10_000,
    "open emphasis": "*a **b " * 10_000,
    "emphasis in emphasis": "*a " * 5_000 + "a* " * 5_000,
    "strong in strong": "**a " * 5_000 + "b** " * 5_000,
    "strikes in strikes": "~~a " * 4_000 + "a~~ " * 4_000,
    "dollars": "$" * 100_000,
    "backticks": "`" * 100_000,
    "runs of backticks": " ".join("`" * n for n in range(1, 440)),
    "links in links": "[" * 5_000 + "a" + "](https://example.com)" * 4_000,
    "open links": "[a](" * 25_000,
    "open references": "[a]: <" * 15_000,
    "autolinks": "<https://a " * 3_000,
    "bare links": "https://example.com/a " * 1_500,
    "a long link": "https://example.com/" + "a(" * 40_000,
    "escapes": "\\" * 100_000,
    "entities": "&a;" * 33_000,
    "a wide table": "|" + "a|" * 1_000 + "\n|" + "-|" * 1_000 + "\n" + ("|" + "b|" * 1_000 + "\n") * 10,
    "a table of few cells": "|" + "a|" * 500 + "\n|" + "-|" * 500 + "\n" + "|\n" * 1_000,
    "a long table": "|a|b|\n|-|-|\n" + "|c|d|\n" * 5_000,
    "pipes": "|\n" * 30_000,
    "lists in lists": "".join("  " * n + "- a\n" for n in range(400)),
    "list marks": "- " * 20_000 + "a",
    "everything in everything": "> - 1. > - " * 2_000,
    "underlined": "a\n" * 20_000 + "---",
    "fences": "```\na\n```\n" * 500,
    "code": "```js\n" + "let a = '`${1}`'\n" * 3_000,
    "footnotes": "".join(f"a[^{n}]\n\n[^{n}]: b\n\n" for n in range(1_000)),
    "footnotes in footnotes": "^[" * 200 + "a" + "]" * 200,
    "a footnote of itself": "[^1]\n\n[^1]: " + "[^1]" * 3_000,
    "formulas": "$x$ " * 2_000,
    "marks of formulas": "$$\n" * 3_000,
    "powers": "$" + "x^{" * 1_000 + "x" + "}" * 1_000 + "$",
    "roots": "$" + r"\sqrt{" * 700 + "}" * 700 + "$",
    "fractions": "$" + r"\frac{1}{" * 400 + "x" + "}" * 400 + "$",
    "a macro of itself": r"$\def\a{\sqrt{\a}}\a$",
    "macros of macros": r"$\def\a{xxxxxxxxxx}\def\b{\a\a\a\a\a\a\a\a}\def\c{\b\b\b\b\b\b\b\b}\c\c\c\c\c\c$",
    "a matrix": r"$$\begin{matrix}" + ("&" * 100 + r"\\") * 40 + r"\end{matrix}$$",
    "zalgo": "a" + "\u0301" * 10_000,
    "right to left": "\u202e" * 50_000,
    "halves of characters": "\ud83d" * 20_000,
    "zeros": "\0" * 50_000,
    "joined emoji": "👩\u200d" * 20_000,
    "syllables": "가" * 100_000,
    "bold Korean": "**가(나)**다 " * 3_000,
}

#: Diagrams that would run scripts, load files or open pages outside of their sandbox.
DIAGRAMS = [
    'graph TD\nA-->B\nclick A "javascript:alert(1)"',
    "graph TD\nA-->B\nclick A call alert()",
    'graph TD\nA-->B\nclick A href "https://evil.example/" "tip" _top',
    '%%{init: {"securityLevel": "loose", "htmlLabels": true}}%%\ngraph TD\nA["<img src=x onerror=alert(1)>"]',
    '---\nconfig:\n  securityLevel: loose\n---\ngraph TD\nA["<script>parent.alert(1)</script>"]',
    '%%{init: {"themeCSS": "@import url(https://evil.example/x.css);"}}%%\ngraph TD\nA-->B',
    '%%{init: {"themeVariables": {"fontFamily": "x;}*{background:url(https://evil.example/y)"}}}%%\ngraph TD\nA-->B',
    "graph TD\nA[<iframe src=https://evil.example></iframe>]-->B[<form action=https://evil.example><button>x]",
    "graph TD\nA-->B\nstyle A fill:url(https://evil.example/z)",
    "sequenceDiagram\nlink A: x @ javascript:alert(1)\nA->>B: <svg onload=alert(1)>",
    'classDiagram\nclass A\nlink A "javascript:alert(1)"',
    "graph TD\n" + "\n".join(f"a{n}-->b{n}" for n in range(600)),
]


def split_randomly(text: str, seed: int) -> list[str]:
    """Return the text in up to four random pieces, as a stream could deliver it."""
    at = random.Random(seed)
    places = sorted({0, len(text), *(at.randint(0, len(text)) for _ in range(3))})
    return [text[start:end] for start, end in pairwise(places)] or [""]


def payloads_at(position: str) -> list[str]:
    """Return every payload at this position, once."""
    payloads = dict.fromkeys(payload for kind in PAYLOADS.values() for payload in kind)
    return [POSITIONS[position].replace("§", payload) for payload in payloads]
