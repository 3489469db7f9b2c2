"""Generations: what is stored is run, whatever happens beside it."""

from types import SimpleNamespace

import pytest

from chatapp.generation.runner import Generations
from chatapp.realtime import broadcasts
from chatapp.server import concurrency


def test_an_answer_runs_even_where_its_tabs_cannot_be_told(monkeypatch):
    def fail(_fact):
        raise RuntimeError("the room is on fire")

    ran = []
    monkeypatch.setattr(broadcasts, "fact", fail)
    monkeypatch.setattr(Generations, "_run", lambda _self, answer: ran.append(answer.order.generation_id))
    order = SimpleNamespace(generation_id="g", shared_key=None, owner="o")
    deed = SimpleNamespace(order=order, facts=("message_added",), is_new_conversation=False, conversation={})
    with pytest.raises(RuntimeError, match="on fire"):
        Generations(None, None, None, None).begin(SimpleNamespace(deed=deed))
    concurrency.sleep()
    assert ran == ["g"]
