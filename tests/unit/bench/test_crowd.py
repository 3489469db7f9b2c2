"""Waiting for an answer: for a time, and until cancelled."""

import asyncio

import pytest

from bench.crowd import within


def test_a_result_that_never_arrives_is_given_up():
    async def wait():
        await within(0.01, asyncio.get_running_loop().create_future())

    with pytest.raises(TimeoutError):
        asyncio.run(wait())


def test_a_wait_is_cancelled_even_while_its_result_arrives():
    async def wait():
        result = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(within(30, result))
        await asyncio.sleep(0)
        result.set_result("answer")
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(wait())
