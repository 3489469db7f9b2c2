"""The demo upstream as a process of its own, and OpenAI's client of it."""

from collections.abc import Iterator

import openai
import pytest

from live.demo.client import Demo, running
from support.waiting import LIMIT


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running() as (_process, base_url):
        yield Demo(base_url)


@pytest.fixture
def sdk(demo: Demo) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=demo.base_url, api_key="any", max_retries=0, timeout=LIMIT) as client:
        yield client
