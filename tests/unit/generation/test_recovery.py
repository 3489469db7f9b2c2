"""Recovery of answers that run nowhere any more, and of none that are about to begin."""

from types import SimpleNamespace

import pytest

from chatapp.generation import recovery
from chatapp.generation.recovery import Recovery

OURS, DEAD = "our-worker", "dead-worker"


@pytest.fixture
def world(monkeypatch):
    """One worker, the answers that it knows, and those that the store calls running."""
    world = SimpleNamespace(here=set(), running=[], interrupted=[], now=1000.0)
    instance = SimpleNamespace(worker=OURS, is_alive=lambda worker: worker == OURS)
    runner = SimpleNamespace(is_here=lambda generation_id: generation_id in world.here)
    monkeypatch.setattr(recovery, "time", SimpleNamespace(monotonic=lambda: world.now))
    monkeypatch.setattr(recovery.generations, "running", lambda: [("owner", "c", *row) for row in world.running])
    monkeypatch.setattr(
        recovery, "finalize", lambda generation_id, _ending, _log: world.interrupted.append(generation_id)
    )
    world.recover = Recovery(None, instance, None, runner, None).recover
    return world


def test_the_generations_of_a_dead_worker_are_ended_at_once(world):
    world.running = [("g", DEAD)]
    world.recover()
    assert world.interrupted == ["g"]


def test_a_stored_answer_that_is_about_to_begin_is_left_alone(world):
    """Where a commit lets others run, as PostgreSQL's does, it is stored a moment before its worker knows of it."""
    world.running = [("g", OURS)]
    world.recover()
    world.now += 2
    world.here = {"g"}
    world.recover()
    world.here = set()  # it has ended, which the store tells a moment later
    world.now += 60
    world.recover()
    assert world.interrupted == []


def test_a_stored_answer_that_never_begins_is_ended_after_a_grace_period(world):
    world.running = [("g", OURS)]
    world.recover()
    world.now += recovery.BEGIN_SECONDS + 1
    world.recover()
    assert world.interrupted == ["g"]
