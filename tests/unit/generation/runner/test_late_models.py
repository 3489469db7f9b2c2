"""Models that are listed after the question was stored."""

from chatapp.protocol.payloads import ContinueGeneration, Options
from chatapp.providers.limits import Limits
from support.core import MODEL, OWNER
from unit.generation.runner.answers import start


def test_a_default_model_that_is_listed_late_is_used(new_core, monkeypatch):
    core = new_core(configured={"models": ()})
    monkeypatch.setattr(core.registry, "_default", "")
    result, stream = start(core)
    assert result.effects.job.prompt is None
    assert (stream.prompt.model, stream.prompt.messages) == (MODEL, [{"role": "user", "content": "Hello"}])
    assert stream.prompt.conversation_id == result.conversation_id
    stream.say("Hi").end()
    assert core.until_ended(result).content == "Hi"


def test_a_continuation_with_a_late_default_model_keeps_prompt_and_options(new_core, monkeypatch):
    core = new_core(configured={"models": ()})
    monkeypatch.setattr(core.registry, "_default", "")
    first = core.send("Hello", system_prompt="Be brief.", options=Options(top_k=1))
    core.finalize(first, "Once", "stopped")
    request = ContinueGeneration(message_id=first.ack["assistant_message_id"])
    continuation = core.sender.continue_(OWNER, request)
    assert continuation.effects.job.prompt is None
    prompt = core.run(continuation).prompt
    assert prompt.options == {"top_k": 1}
    assert [(part["role"], part["content"]) for part in prompt.messages] == [
        ("system", "Be brief."),
        ("user", "Hello"),
    ]
    assert prompt.partial == "Once"


def test_options_above_the_limits_of_a_late_default_model_fail_the_answer(new_core, monkeypatch):
    core = new_core(configured={"models": (), "limits": Limits(top_k=1)})
    monkeypatch.setattr(core.registry, "_default", "")
    result = core.send("Hello", options=Options(top_k=2))
    core.runner.start(result.effects)
    stored = core.until_ended(result)
    assert (stored.status, stored.error["code"]) == ("failed", "not_allowed")
    assert core.provider.streams == []
