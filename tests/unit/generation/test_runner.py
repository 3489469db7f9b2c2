"""Generations: what is stored is run, whatever happens beside it."""

from types import SimpleNamespace

import pytest

from chatapp.generation.runner import Runner
from chatapp.realtime import broadcasts
from chatapp.server import concurrency


def test_an_answer_runs_even_if_broadcasting_fails(monkeypatch):
    def fail(_fact):
        raise RuntimeError("the room is on fire")

    ran = []
    monkeypatch.setattr(broadcasts, "fact", fail)
    monkeypatch.setattr(Runner, "_run", lambda _self, running: ran.append(running.job.generation_id))
    job = SimpleNamespace(generation_id="g", shared_key=None, owner="o")
    effects = SimpleNamespace(job=job, facts=("message_added",), is_new_conversation=False, conversation={})
    with pytest.raises(RuntimeError, match="on fire"):
        Runner(None, None, None, None).start(effects)
    concurrency.sleep()
    assert ran == ["g"]
