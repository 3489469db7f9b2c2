"""The connection pool itself: its bookkeeping, its limit, and the pools of proxies."""

import os
from typing import Any
from unittest import mock

import greenlet
import pytest
from httpcore2 import ConnectionPool, Origin

from chatapp.errors import ProviderError
from chatapp.providers.openai.network import Backend
from chatapp.server import concurrency, metrics
from live.connections.scenarios.harness import COUNTED, STEADY, Answer, Model, check_idle_and_usable, scenario


@scenario
def no_task_switches_within_the_bookkeeping_of_the_pool(base_url: str) -> None:
    model, answers, switches = Model(base_url), [], []

    def trace(_event: str, greenlets: tuple[Any, Any]) -> None:
        frame = greenlets[0].gr_frame
        while frame:
            if frame.f_code is ConnectionPool._assign_requests_to_connections.__code__:
                switches.append(greenlets)
            frame = frame.f_back

    greenlet.settrace(trace)
    for _ in range(5):
        tasks = [concurrency.spawn(lambda: answers.append(model.answer())) for _ in range(20)]
        for task in tasks:
            task.wait()
    greenlet.settrace(None)
    assert answers == [COUNTED] * 100
    assert switches == []
    assert model.counts() == (0, 20, 0), model.pool.connections


@scenario
def a_full_pool_is_reported_as_an_error(base_url: str) -> None:
    model = Model(base_url, connections=1, wait_seconds=0.1)
    first = Answer(model, STEADY)
    first.wait_first_chunk()
    with pytest.raises(ProviderError, match=r"^All 1 connections to the model's server are in use") as raised:
        model.answer()
    assert raised.value.code == "rate_limited", "the provider is not down"
    assert raised.value.retry_after
    figures = metrics.exposition().decode()
    assert 'chatapp_upstream_waits_timed_out_total{provider="test"} 1.0' in figures
    assert 'chatapp_upstream_connections{provider="test",state="busy"} 1.0' in figures
    assert 'chatapp_upstream_limits{limit="connections",provider="test"} 1.0' in figures
    assert 'chatapp_upstream_limits{limit="wait_seconds",provider="test"} 0.1' in figures
    first.leave()
    first.reader.wait()
    check_idle_and_usable(model)


@scenario
def proxies_from_the_environment_use_the_safe_backend(_base_url: str) -> None:
    with mock.patch.dict(os.environ, {"HTTP_PROXY": "http://127.0.0.1:9"}):
        model = Model("http://model.example/v1")
    pools = [model.pool, *(transport._pool for transport in model.client._mounts.values() if transport)]
    assert len(pools) == 2
    assert all(isinstance(pool._network_backend, Backend) for pool in pools)
    plain = pools[1].create_connection(Origin(b"http", b"model.example", 80))
    assert isinstance(plain._connection._network_backend, Backend)
