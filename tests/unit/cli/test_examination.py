"""What `doctor` concludes from what a model server does."""

import pytest

from chatapp.cli import answer, examination
from chatapp.cli.answer import when_loaded
from chatapp.cli.examination import PARTIAL, Examination
from chatapp.cli.raw_server import RawAnswer
from chatapp.errors import ProviderError
from chatapp.providers.base import Finish, Notice, Usage
from chatapp.providers.openai.error_rules import LOADING


class Clock:
    """A clock that the scripted server advances."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    for module in (answer, examination):
        monkeypatch.setattr(module, "time", clock)
    return clock


class Model:
    """A scripted model: `answer` returns the chunks for a prompt, or raises; a number is a wait."""

    def __init__(self, clock, answer, raw=None, busy=(), context=None):
        self.clock, self.answer, self.raw, self.busy, self.context = (
            clock,
            answer,
            raw or RawAnswer(200),
            list(busy),
            context,
        )
        self.asked = []

    def stream(self, prompt):
        self.asked.append(prompt)
        for chunk in self.answer(prompt):
            if isinstance(chunk, float):
                self.clock.sleep(chunk)
            else:
                yield chunk

    def own_id(self, model):
        return f"/models/{model}"

    def chat(self, model, _messages, **_options):
        assert model == "/models/m"
        return self.raw

    def running(self):
        return self.busy.pop(0) if self.busy else None

    def context_tokens(self, _model):
        return self.context

    def check(self, name):
        found = getattr(Examination(self, "m", self, lambda _key: self, 60.0), name)()
        return found.verdict, found.text


def paced(*pieces, finish="stop"):
    return lambda _prompt: [*(part for piece in pieces for part in (0.1, piece)), Usage(1, 2, 3), Finish(finish)]


def failing(code, text="No."):
    def fail(_prompt):
        raise ProviderError(code, text)

    return fail


def test_pieces_over_time_are_a_stream(clock):
    verdict, text = Model(clock, paced("a", "b", "c", "d")).check("streaming")
    assert verdict == "ok"
    assert text == "4 pieces from 0.10 s to 0.40 s; 2 tokens counted; finish reason stop"


@pytest.mark.parametrize("chunks", [[5.0, "a b c"], [5.0, "a", "b", "c", 0.1, "d"]])
def test_pieces_that_come_at_once_are_none(clock, chunks):
    remark = Notice("It was {how}.", {"how": "whole"})
    verdict, text = Model(clock, lambda _: [remark, *chunks]).check("streaming")
    assert verdict == "differs"
    assert text.startswith("whole, at once")
    assert text.endswith("It was whole.")


def test_a_model_that_is_being_loaded_is_waited_for(clock):
    results = iter([ProviderError("provider_unavailable", LOADING.text)] * 3)

    def ask():
        if error := next(results, None):
            raise error
        return "ready"

    assert when_loaded(ask) == ("ready", "it was loading for 0.6 s, and said so")
    with pytest.raises(ProviderError):
        when_loaded(lambda: failing("provider_unavailable", LOADING.text)(None))
    with pytest.raises(ProviderError, match="Gone"):
        when_loaded(lambda: failing("provider_unavailable", "Gone")(None))


def test_a_length_that_is_not_kept_differs(clock):
    assert Model(clock, paced("Once upon", finish="length")).check("length")[0] == "ok"
    assert Model(clock, paced("Once upon", finish="stop")).check("length")[0] == "differs"
    assert Model(clock, paced("Once upon " * 20, finish="length")).check("length")[0] == "differs"


def test_a_stop_is_seen_by_what_the_server_tells(clock):
    verdict, text = Model(clock, paced("a", "b"), busy=[0, 1, 1, 1, 0]).check("stop")
    assert (verdict, text) == ("ok", "it tells that it stops, 0.1 s after a stop")
    verdict, text = Model(clock, paced("a", "b"), busy=[0, *[1] * 999]).check("stop")
    assert verdict == "differs"
    assert "goes on" in text


def test_a_stop_is_seen_by_the_next_answer_where_nothing_is_told(clock):
    assert Model(clock, paced("a", "b")).check("stop")[0] == "unknown"

    def queueing(prompt):
        return [9.0 if "no" in prompt.messages[-1]["content"] else 0.1, "a", Finish("stop")]

    verdict, text = Model(clock, queueing).check("stop")
    assert verdict == "differs"
    assert "9.00 s" in text


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (RawAnswer(200, f"{PARTIAL} 6, 7"), "repeats"),
        (RawAnswer(200, " 6, 7"), "carries on exactly"),
        (RawAnswer(200, "Sure! 1, 2"), "begins anew"),
        (RawAnswer(400, "", error="roles must alternate"), "refuses"),
    ],
)
def test_what_a_server_does_with_a_partial_answer_is_told(clock, raw, said):
    verdict, text = Model(clock, paced(" 6, 7"), raw=raw).check("continuation")
    assert verdict == "ok"
    assert said in text
    assert Model(clock, paced("Sure!"), raw=raw).check("continuation")[0] == "differs"


def heard_options(*names):
    """Return the answers of a model that hears these options."""

    def answer(prompt):
        options = {name: value for name, value in prompt.options.items() if name in names and value is not None}
        words = ["1.", "cat", "dog", "cow"]
        chance = options.get("temperature") and not any(name in options for name in ("top_k", "top_p", "min_p"))
        if chance:
            words = [f"wild{options.get('seed', 'x')}", *words]
        if any("penalty" in name for name in options):
            words = ["1.", "ant", "bee"]
        for stop in options.get("stop", []):
            words = words[: words.index(stop)]
        return [" ".join(words[: options.get("max_completion_tokens", 9) // 2]), Finish("stop")]

    return answer


EVERY = (
    *("temperature", "stop", "max_completion_tokens", "top_k", "top_p", "min_p", "seed"),
    *("presence_penalty", "frequency_penalty", "repetition_penalty"),
)


def test_options_that_are_heard_and_ignored_are_told_apart(clock):
    assert Model(clock, heard_options(*EVERY)).check("options") == ("ok", f"heard: {' '.join(EVERY)}")
    deaf = [name for name in EVERY if name not in {"top_k", "min_p", "repetition_penalty"}]
    verdict, text = Model(clock, heard_options(*deaf)).check("options")
    assert verdict == "differs"
    assert text == f"heard: {' '.join(deaf)}; ignored without a word: top_k min_p repetition_penalty"


def test_options_that_limit_chance_are_not_judged_where_there_is_none(clock):
    verdict, text = Model(clock, heard_options("stop", "max_completion_tokens")).check("options")
    assert verdict == "differs"
    penalties = "presence_penalty frequency_penalty repetition_penalty"
    assert text == f"heard: stop max_completion_tokens; ignored without a word: temperature {penalties}"


def test_an_option_that_is_refused_is_told(clock):
    hears = heard_options(*EVERY)

    def answer(prompt):
        if "min_p" in prompt.options:
            raise ProviderError("provider_error", "No.")
        notice = [Notice("Left out: {option}.", {"option": "top_k"})] if "top_k" in prompt.options else []
        return [*notice, *hears(prompt)]

    assert Model(clock, answer).check("options")[1].endswith("refused: top_k min_p (provider_error)")


def test_options_are_not_judged_by_a_model_of_chance(clock):
    numbers = iter(range(99))
    assert Model(clock, lambda _: [f"answer {next(numbers)}"]).check("options")[0] == "unknown"


@pytest.mark.parametrize(
    ("name", "code"),
    [("unknown_model", "model_not_found"), ("wrong_key", "provider_auth"), ("context", "context_too_long")],
)
def test_a_refusal_is_right_by_its_code(clock, name, code):
    assert Model(clock, failing(code), context=99).check(name)[0] == "ok"
    assert Model(clock, failing("provider_error"), context=99).check(name)[0] == "differs"
    assert Model(clock, paced("yes"), context=99).check(name)[0] == "differs"


@pytest.mark.parametrize(("context", "words"), [(100, 125), (None, 20_000), (10**9, 300_000)])
def test_a_conversation_that_is_too_long_is_bounded(clock, context, words):
    model = Model(clock, paced("yes"), context=context)
    model.check("context")
    assert len(model.asked[-1].messages[-1]["content"].split()) == words


def test_a_server_that_cannot_be_used_is_not_asked_further(clock):
    model = Model(clock, failing("provider_unavailable"))
    found = list(Examination(model, "m", model, lambda _key: model, 60.0).run())
    assert [(finding.name, finding.verdict) for finding in found] == [("streaming", "FAILS")]
