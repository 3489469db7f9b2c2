"""Answers that fail: errors and time-outs of the provider, and the limits of an answer."""

import pytest

from chatapp.config import ANSWERS_PER_MESSAGE
from chatapp.errors import ProviderError, TooLarge
from chatapp.protocol.payloads import ContinueGeneration
from chatapp.providers import Finish, Reasoning
from support.core import MODEL, OWNER, until
from unit.generation.runner.answers import DOWN, emitted_text, start


def test_a_providers_error_ends_the_answer_and_keeps_its_text(core, emits):
    result, stream = start(core)
    stream.say("Once upon", Finish("stop"), ProviderError("provider_error", "It broke."))
    stored = core.until_ended(result)
    assert (stored.status, stored.content, stored.finish_reason) == ("failed", "Once upon", None)
    assert (stored.error["code"], stored.error["message"]) == ("provider_error", "It broke.")
    (ended,) = emits.named("generation_ended")
    assert ended["message"]["error"] == stored.error
    assert stream.is_closed


def test_half_a_character_in_a_providers_words_is_no_failure_of_the_server(core):
    result, stream = start(core)
    stream.say("Once", ProviderError("provider_error", "It calls {tool}.", tool="cut \ud83d"))
    stored = core.until_ended(result)
    assert stored.error["message"] == "It calls cut ?."
    assert stored.error["detail"]["values"] == {"tool": "cut ?"}


def test_a_stream_that_cannot_be_opened_fails_the_answer(core):
    core.provider.opening = DOWN
    result = core.send()
    core.runner.start(result.effects)
    stored = core.until_ended(result)
    assert (stored.status, stored.error["code"]) == ("failed", "provider_unavailable")


@pytest.mark.parametrize(("error", "is_invalidated"), [(DOWN, True), (ProviderError("provider_error", "No."), False)])
def test_only_an_unavailable_providers_model_list_is_invalidated(core, monkeypatch, error, is_invalidated):
    invalidated = []
    monkeypatch.setattr(core.registry, "invalidate", invalidated.append)
    result, stream = start(core)
    stream.say(error)
    core.until_ended(result)
    assert invalidated == ([MODEL] if is_invalidated else [])


@pytest.mark.parametrize("chunk", [ZeroDivisionError("a secret"), 7], ids=["raises", "yields no chunk"])
def test_a_broken_provider_fails_the_answer_without_details(core, caplog, chunk):
    result, stream = start(core)
    stream.say("Once", chunk)
    stored = core.until_ended(result)
    assert (stored.status, stored.content) == ("failed", "Once")
    assert "a secret" not in str(stored.error)


def test_a_model_without_a_first_token_times_out(new_core):
    core = new_core(configured={"first_token_timeout": 0.01, "token_timeout": 1000})
    result, stream = start(core)
    stored = core.until_ended(result)
    assert (stored.status, stored.error["code"]) == ("failed", "provider_timeout")
    assert "did not respond for 0.01 s" in stored.error["message"]
    until(lambda: stream.is_closed)


def test_a_model_that_falls_silent_times_out(new_core):
    core = new_core(configured={"first_token_timeout": 1000, "token_timeout": 0.01})
    result, stream = start(core)
    stream.say("Once upon")
    stored = core.until_ended(result)
    assert (stored.status, stored.content) == ("failed", "Once upon")
    assert "stopped responding for 0.01 s" in stored.error["message"]
    until(lambda: stream.is_closed)


def test_the_duration_of_an_answer_is_limited_while_the_model_sends(core, emits, clock):
    result, stream = start(core)
    stream.say("a")
    until(lambda: emitted_text(emits, result) == "a")
    clock.now += core.settings.answer_seconds - 1
    stream.say("b")
    until(lambda: emitted_text(emits, result) == "ab")
    clock.now += 2
    more = iter("d" * 50)
    emits.on_emit = lambda _: stream.say(next(more, ""))  # a model that never ends
    stream.say("c")
    stored = core.until_ended(result)
    assert (stored.status, stored.content) == ("failed", "abc")
    assert "longer than 30 minutes" in stored.error["message"]


def test_the_duration_of_an_answer_is_limited_while_the_model_is_silent(new_core):
    core = new_core(answer_seconds=0.01)
    result, _ = start(core)
    assert "took longer than" in core.until_ended(result).error["message"]


def test_an_answer_that_grows_too_large_is_cut_between_characters(new_core, emits):
    core = new_core(answer_bytes=10)
    result, stream = start(core)
    stream.say("가나다라", "마")
    stored = core.until_ended(result)
    assert (stored.status, stored.error["code"]) == ("failed", "too_large")
    assert stored.content == emitted_text(emits, result) == "가나다"


def test_the_size_limit_counts_the_bytes_of_all_entries(new_core, emits):
    core = new_core(answer_bytes=10)
    result, stream = start(core)
    for part in ("12345", "67890"):
        stream.say(part)
        until(lambda part=part: emitted_text(emits, result).endswith(part))
    stream.say("x")
    assert core.until_ended(result).content == "1234567890"


def test_an_answer_of_exactly_the_maximum_size_is_complete(new_core):
    core = new_core(answer_bytes=10)
    result, stream = start(core)
    stream.say("1234567890").end()
    assert core.until_ended(result).status == "complete"


def test_a_continued_answer_grows_up_to_the_maximum_size_of_a_message(new_core, emits):
    core = new_core(answer_bytes=10)
    result, stream = start(core)
    stream.say("x" * 11)
    stored = core.until_ended(result)
    for _ in range(ANSWERS_PER_MESSAGE - 1):
        assert stored.status == "failed"
        result = core.sender.continue_(OWNER, ContinueGeneration(message_id=stored.id))
        core.run(result).say("x" * 9, Reasoning("y" * 9))
        stored = core.until_ended(result)
    assert len(stored.content) + len(stored.reasoning) == 10 * ANSWERS_PER_MESSAGE
    assert "reached 40 bytes" in stored.error["message"]
    with pytest.raises(TooLarge):
        core.sender.continue_(OWNER, ContinueGeneration(message_id=stored.id))


def test_the_last_continuation_gets_the_remaining_size(new_core):
    core = new_core(answer_bytes=10)
    first = core.send()
    core.finalize(first, "x" * 33 + "가", "stopped")
    result = core.sender.continue_(OWNER, ContinueGeneration(message_id=first.ack["assistant_message_id"]))
    core.run(result).say("1234567")
    stored = core.until_ended(result)
    assert stored.content == "x" * 33 + "가1234"
    assert stored.error["code"] == "too_large"
