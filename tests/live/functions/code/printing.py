"""Functions that print, in every possible way."""

import ctypes
import logging
import os
import subprocess
import sys

print("printed at import")


def prints(messages):
    print("printed to stdout")
    print("printed to stderr", file=sys.stderr)
    print("without a newline", end="")
    sys.stdout.flush()
    print()
    logging.getLogger("mine").warning("logged by the function")
    os.write(1, b"written to descriptor 1\n")
    ctypes.CDLL(None).puts(b"printed by C")
    subprocess.run(["echo", "printed by a child"], check=True)
    print("한국어 \x1b[31mred\x1b[0m")
    print("long " * 1000)
    print("10%\r50%\r100%")
    yield "done"


def floods(messages):
    for number in range(20_000):
        print("flood", number, "x" * 50)
    yield "done"


def prints_no_newline(messages):
    for _ in range(200):
        print("x" * 50_000, end="")
    print()
    print("after the long line")
    yield "done"


def disturbs(messages):
    for kind in "qatrufe.RBFD":
        sys.stdout.buffer.write(kind.encode() + b"\0\0\0\1x")
    sys.stdout.flush()
    yield str(sys.stdin.read() == "")


def leaves_a_child(messages):
    """Start a child that outlives this process and shares its output."""
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    yield str(child.pid)
