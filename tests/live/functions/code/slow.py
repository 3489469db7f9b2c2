"""Functions that block, compute, wait, and write a mark when they are closed; the question names the file."""

import asyncio
import itertools
import pathlib
import threading
import time


def blocks(messages):
    yield "before "
    time.sleep(1.5)
    yield "after"


def computes(messages):
    yield "before "
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        sum(range(1000))
    yield "after"


async def blocks_its_loop(messages):
    yield "before "
    time.sleep(1.5)
    yield "after"


async def waits(messages):
    yield "before "
    await asyncio.sleep(1.5)
    yield "after"


def ticks(messages):
    for number in range(60):
        yield f"{number} "
        time.sleep(0.05)


async def async_ticks(messages):
    for number in range(60):
        yield f"{number} "
        await asyncio.sleep(0.05)


def mark(messages, text):
    with pathlib.Path(messages[-1]["content"]).open("a") as file:
        file.write(f"{text}\n")


def forever(messages):
    try:
        while True:
            yield "on "
            time.sleep(0.01)
    finally:
        mark(messages, f"closed in {threading.current_thread().name}")


def silent_forever(messages):
    try:
        yield "begun"
        while True:
            yield None
            time.sleep(0.01)
    finally:
        mark(messages, "closed")


async def async_forever(messages):
    try:
        while True:
            yield "on "
            await asyncio.sleep(0.01)
    finally:
        await asyncio.sleep(0.01)
        mark(messages, "closed")


async def async_waits_forever(messages):
    try:
        yield "begun"
        await asyncio.sleep(3600)
    finally:
        await asyncio.sleep(0.01)
        mark(messages, "closed")


async def coroutine_waits_forever(messages):
    try:
        await asyncio.sleep(3600)
    finally:
        mark(messages, "cancelled")


def ignores_its_close(messages):
    while True:
        try:
            yield "on "
            time.sleep(0.01)
        except GeneratorExit:
            mark(messages, "refused")


def computes_forever(messages):
    yield "begun"
    while messages:
        pass


def hogs(messages):
    """Compute in C without releasing the GIL."""
    if messages[-1]["content"] != "hog":
        yield "quick"
        return
    yield "begun"
    sum(itertools.repeat(0))


def naps(messages):
    """Block for longer than a stop waits, and then close normally."""
    try:
        yield "begun"
        time.sleep(3)
        yield "never read"
    finally:
        mark(messages, "closed")
