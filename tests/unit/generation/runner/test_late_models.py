"""Models that are listed after the question was stored."""

from chatapp.protocol.payloads import ContinueGeneration, Options
from chatapp.providers.base import CONTINUE
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
        ("assistant", "Once"),
        ("user", CONTINUE),
    ]


def test_an_unknown_model_fails_the_answer(core, monkeypatch):
    monkeypatch.setattr(core.registry, "_is_named", True)
    result = core.send(model="nobody/model")
    core.runner.start(result.effects)
    stored = core.until_ended(result)
    assert (stored.status, stored.error["code"]) == ("failed", "model_not_found")
