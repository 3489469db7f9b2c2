"""Memory: what large blocks took is free again after them."""

import subprocess
import sys

from support.paths import ROOT

PROGRAM = """
import os
from pathlib import Path

from chatapp.server.memory import give_back_large_blocks

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20

give_back_large_blocks()
before, small = resident(), []
for _ in range(3):
    large = []
    for number in range(200):
        large.append(b"x" * (1 << 20))
        small.append(b"x" * 600)
    peak = resident()
    del large
print(peak - before, resident() - before)
"""


def test_large_blocks_are_given_back_though_small_ones_stay():
    run = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    peak, after = map(int, run.stdout.split())
    assert peak > 150
    assert after < 50
