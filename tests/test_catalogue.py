"""The list of models: asked for beside the work, and waited for only by who has none."""

import time

import pytest

from chatapp import concurrency
from chatapp.errors import ProviderError
from chatapp.providers import ModelInfo, catalogue
from chatapp.providers.catalogue import FAILED_SECONDS, FRESH_SECONDS, Catalogue

ALWAYS = 60.0


class Clock:
    """Time that passes when a test says so."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


class FakeProvider:
    """Each call takes the next of its `lists`: names, an error, or a gate after which the names of `late` come."""

    name = "fake"

    def __init__(self, *lists, late=()):
        self.lists, self.late = list(lists), late
        self.calls = self.killed = 0

    def models(self):
        answer = self.lists[self.calls]
        self.calls += 1
        if isinstance(answer, concurrency.Event):
            try:
                answer.wait()
            except concurrency.Killed:
                self.killed += 1
                raise
            answer = self.late
        if isinstance(answer, ProviderError):
            raise answer
        return [ModelInfo(name, name, self.name) for name in answer]


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(catalogue, "time", clock)
    return clock


@pytest.fixture
def gate():
    return concurrency.Event()


def names(models):
    return [model.id for model in models]


def settle():
    """Let every task run up to where it waits."""
    for _ in range(3):
        concurrency.sleep()


def test_who_asks_while_the_first_list_is_on_its_way_gets_the_same(clock, gate):
    provider, listed = FakeProvider(gate, late=("a", "b")), []
    models = Catalogue(provider, "")
    tasks = [concurrency.spawn(lambda: listed.append(names(models.models()))) for _ in range(3)]
    settle()
    assert listed == []
    gate.set()
    for task in tasks:
        task.wait()
    assert listed == [["a", "b"]] * 3
    assert provider.calls == 1


def test_an_awaited_default_waits_for_the_first_list(clock, gate):
    models, found = Catalogue(FakeProvider(gate, late=("z", "gpt-5")), ""), []
    task = concurrency.spawn(lambda: found.append(models.awaited_default()))
    settle()
    gate.set()
    task.wait()
    assert found == ["gpt-5"]


def test_the_default_never_waits(clock, gate, monkeypatch):
    monkeypatch.setattr(catalogue, "WAIT_SECONDS", ALWAYS)
    models = Catalogue(FakeProvider(gate, late=("a",)), "")
    started = time.monotonic()
    assert models.default() == ""
    assert time.monotonic() - started < 1
    settle()
    gate.set()
    settle()
    assert models.default() == "a"


def test_a_default_that_is_set_asks_nobody(clock):
    provider = FakeProvider()
    assert Catalogue(provider, "mine").default() == "mine"
    settle()
    assert provider.calls == 0


def test_the_old_list_serves_while_a_new_one_is_fetched(clock, gate):
    provider = FakeProvider(("old",), gate, late=("new",))
    models = Catalogue(provider, "")
    assert names(models.models()) == ["old"]
    clock.now += FRESH_SECONDS - 1
    assert names(models.models()) == ["old"]
    assert provider.calls == 1
    clock.now += 2
    started = time.monotonic()
    assert names(models.models()) == ["old"]
    assert time.monotonic() - started < 1
    settle()
    gate.set()
    settle()
    assert names(models.models()) == ["new"]
    assert provider.calls == 2


def test_a_provider_that_failed_is_asked_again_after_a_while(clock, caplog):
    provider = FakeProvider(ProviderError("provider_unavailable", "It is away."), ("a",))
    models = Catalogue(provider, "")
    assert models.models() == []
    assert "It is away." in caplog.text
    clock.now += FAILED_SECONDS - 1
    assert models.models() == []
    assert provider.calls == 1
    clock.now += 2
    assert names(models.models()) == ["a"]


def test_a_failure_leaves_the_list_that_was_known(clock):
    provider = FakeProvider(("a",), ProviderError("provider_unavailable", "It is away."), ("b",))
    models = Catalogue(provider, "")
    assert names(models.models()) == ["a"]
    clock.now += FRESH_SECONDS + 1
    models.models()
    settle()
    assert names(models.models()) == ["a"]


def test_a_list_that_hangs_is_waited_for_only_so_long_and_ended_by_the_next(clock, gate, monkeypatch):
    monkeypatch.setattr(catalogue, "WAIT_SECONDS", 0.01)
    provider = FakeProvider(gate, ("b",), late=("a",))
    models = Catalogue(provider, "")
    assert models.models() == []
    clock.now += FRESH_SECONDS + 1
    assert names(models.models()) == ["b"]
    assert provider.killed == 1
    gate.set()
    settle()
    assert names(models.models()) == ["b"]


def test_the_set_default_stands_first_where_the_provider_does_not_list_it(clock):
    models = Catalogue(FakeProvider(("a", "b")), "mine")
    assert names(models.models()) == ["mine", "a", "b"]
