#!/usr/bin/env bash
# ijson 3.6.0: its backends give different text for the same valid JSON, where an escape names half of a surrogate pair.
#
# Guess: both backends that the wheel brings (yajl2_c and python) give the text that Python's json gives. Found: they do
# for all other text, but "\ud83d" (RFC 8259, 8.2: allowed by the grammar; files have it where a text was cut within an
# emoji) is "?" in yajl2_c, which also takes an "A" behind it as the missing half. The python backend keeps it. ijson
# has no option for it, and which backend is used depends on what could be installed.
#
# Output seen (2026-11-30, Python 3.11.7, Linux 6.18):
#   ["\ud83d\ude00"] json: '\U0001f600'; yajl2_c: '\U0001f600'; python: '\U0001f600'
#   ["cut \ud83d"] json: 'cut \ud83d'; yajl2_c: 'cut ?'; python: 'cut \ud83d'
#   ["\ud83d\u0041"] json: '\ud83dA'; yajl2_c: '\U0001f441'; python: '\ud83dA'
# Exits 1 where that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: ijson==3.6.0
cat > "$folder/look.py" <<'PYTHON'
import json
import sys

import ijson

EXPECTED = {
    rb'["\ud83d\ude00"]': ("\U0001f600", "\U0001f600", "\U0001f600"),
    rb'["cut \ud83d"]': ("cut \ud83d", "cut ?", "cut \ud83d"),
    rb'["\ud83d\u0041"]': ("\ud83dA", "\U0001f441", "\ud83dA"),
}

same = True
for text, expected in EXPECTED.items():
    found = [json.loads(text)[0]]
    found += [next(ijson.get_backend(name).items(text, "item")) for name in ("yajl2_c", "python")]
    same = same and tuple(found) == expected
    print(text.decode(), "json: {}; yajl2_c: {}; python: {}".format(*map(ascii, found)))
sys.exit(0 if same else 1)
PYTHON
timeout 60 "$folder/venv/bin/python" "$folder/look.py"
