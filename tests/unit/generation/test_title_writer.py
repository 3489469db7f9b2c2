"""Titles by a model: requested once, cached with the answer, and never in place of a person's."""

import pytest
from sqlalchemy import select

from chatapp.chat import conversations
from chatapp.errors import ProviderError
from chatapp.generation import title_line, title_writer
from chatapp.generation.title_writer import INSTRUCTION, clean_title
from chatapp.protocol.payloads import ChangeConversation
from chatapp.providers import Reasoning, TextWasReasoning, Usage
from chatapp.providers.limits import Limits
from chatapp.providers.prices import OUTPUT_TOKENS
from chatapp.storage.database import db
from chatapp.storage.tables import CachedResponse, Spending
from support.core import MODEL, OWNER, conversation, generation, settle, until


@pytest.fixture
def core(new_core):
    return new_core(titles=True)


def complete(core, content="Hello", text="Hi", **fields):
    """Run an answer to its end. Returns its result."""
    result = core.send(content, **fields)
    core.run(result).say(text).end()
    core.until_ended(result)
    return result


def title_streams(core):
    return [stream for stream in core.provider.streams if stream.prompt.messages[0]["content"] == INSTRUCTION]


def title_stream(core):
    """Wait until a title is requested. Returns its stream."""
    until(lambda: title_streams(core))
    return title_streams(core)[-1]


def title(result):
    return conversation(result.conversation_id).title


def test_a_first_answer_gets_a_title_by_its_own_model(core, emits):
    result = complete(core, "Where is Seoul?", "In Korea.")
    stream = title_stream(core)
    assert stream.prompt.model == MODEL
    assert stream.prompt.messages[1]["content"] == "Where is Seoul?\n\n---\n\nIn Korea."
    assert title(result) == "Where is Seoul?", "the first words are the title until then"
    del emits[:]
    stream.say("Seoul", "\n")
    until(lambda: title(result) == "Seoul")
    settle()
    assert conversation(result.conversation_id).titled_by == "model"
    (changed,) = emits.named("conversation_changed")
    assert changed["conversation"]["title"] == "Seoul"
    until(lambda: stream.is_closed)


def test_the_request_for_a_title_holds_the_beginnings_of_a_long_exchange(core):
    complete(core, "q" * 5000, "a" * 5000)
    limit = title_writer.EXCERPT_CHARACTERS
    assert title_stream(core).prompt.messages[1]["content"] == "q" * limit + "\n\n---\n\n" + "a" * limit


def test_a_later_answer_gets_no_title(core):
    first = complete(core)
    title_stream(core).say("Greetings").end()
    until(lambda: title(first) == "Greetings")
    complete(core, "Second", conversation_id=first.conversation_id)
    settle()
    assert len(title_streams(core)) == 1


@pytest.mark.parametrize(
    "setup",
    [{"titles": False}, {"configured": {"makes_titles": False}}],
    ids=["titles are off", "the provider makes none"],
)
def test_settings_can_turn_titles_off(new_core, setup):
    core = new_core(**{"titles": True, **setup})
    result = complete(core)
    settle()
    assert title_streams(core) == []
    assert title(result) == "Hello"


def test_an_unlisted_model_makes_no_title(core):
    complete(core, model="typed")
    settle()
    assert title_streams(core) == []


def test_a_configured_title_model_makes_every_title(new_core):
    core = new_core(titles=True, title_model="small", configured={"makes_titles": False})
    complete(core, model="typed")
    assert title_stream(core).prompt.model == "small"


def test_a_title_set_by_a_person_meanwhile_stays(core, emits):
    result = complete(core)
    stream = title_stream(core)
    conversations.change(OWNER, result.conversation_id, ChangeConversation(title="Mine"))
    del emits[:]
    stream.say("Greetings").end()
    until(lambda: stream.is_closed)
    settle()
    assert title(result) == "Mine"
    assert emits == []


def test_a_failure_is_logged_and_the_first_words_stay(core, caplog):
    result = complete(core)
    title_stream(core).say("Gree", ProviderError("provider_error", "It broke."))
    until(lambda: "No title could be made: It broke." in caplog.text)
    assert title(result) == "Hello"


def test_a_model_that_does_not_answer_times_out(core, caplog, monkeypatch):
    monkeypatch.setattr(title_writer, "TIMEOUT_SECONDS", 0.01)
    result = complete(core)
    until(lambda: "took too long" in caplog.text)
    assert title(result) == "Hello"
    until(lambda: title_stream(core).is_closed)


def test_a_model_that_does_not_stop_is_cut_off(core, caplog):
    complete(core)
    title_stream(core).say("\n" * (title_line.MAX_CHARACTERS + 1))
    until(lambda: "took too long" in caplog.text)


def test_a_model_that_thinks_and_does_not_stop_is_cut_off(core, caplog, monkeypatch):
    monkeypatch.setattr(title_writer, "WHOLE_CHARACTERS", 300)
    result = core.send("Hello")
    core.run(result).say(Reasoning("Hm"), "Hi").end()
    core.until_ended(result)
    title_stream(core).say("x" * 301)
    until(lambda: "took too long" in caplog.text)


#: Answers of models that were asked for a title alone. "Hello" is the question.
ODD = {
    "a fence": (["```\nSeoul\n```"], "Seoul"),
    "JSON": (['{"title": "Seoul"}'], "Seoul"),
    "JSON in a fence": (['```json\n{\n  "title": "Seoul in spring"\n}\n```'], "Seoul in spring"),
    "JSON in a line of a fence": (['```json\n{"title": "Seoul"}\n```'], "Seoul"),
    "a list": (['["Seoul", "Busan"]'], "Seoul"),
    "an introduction": (["Here is a title for it:\n\n", "**Seoul**\n"], "Seoul"),
    "an introduction in the line": (["Sure! Here's a short title: Seoul"], "Seoul"),
    "a greeting": (["Sure!\n\nSeoul"], "Seoul"),
    "a label": (["Conversation title: Seoul"], "Seoul"),
    "a sentence about it": (['A good title would be "Seoul in spring".'], "Seoul in spring"),
    "an introduction in Korean": (["다음은 제목입니다:\n서울의 봄"], "서울의 봄"),
    "a sentence in Korean": (['제목은 "서울의 봄"입니다.'], "서울의 봄"),
    "an item": (["1. Seoul\n2. Busan"], "Seoul"),
    "a heading": (["# Seoul"], "Seoul"),
    "tags": (["<title>Seoul</title>"], "Seoul"),
    "a link": (["[Seoul](https://example.com)"], "Seoul"),
    "a box": (["\\boxed{Seoul}"], "Seoul"),
    "an answer": (["Seoul is the capital of Korea. It has about ten million people, and lies on a river."], "Hello"),
    "an answer of one sentence": (["Seoul is the capital of Korea and has about ten million people in it."], "Hello"),
    "our own words": (["Write a title for the conversation below: at most six words, in"], "Hello"),
    "our last words": (["Answer with the title alone."], "Hello"),
    "a fence alone": (["```\n```"], "Hello"),
    "a thought in the middle of its line": (["Seoul? Hm", TextWasReasoning(), "Busan"], "Busan"),
}


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([Reasoning("Shorter?"), "Seoul\n"], "Seoul"),
        (["\n\nSeoul\n"], "Seoul"),
        (["word " * 100], ("word " * 12).rstrip() + "…"),
        ([Reasoning("Never ends")], "Hello"),
        (["  \n "], "Hello"),
        *ODD.values(),
    ],
    ids=["reasoning", "empty lines", "no end of line", "only a thought", "nothing", *ODD],
)
def test_the_first_line_of_the_answer_is_the_title(core, chunks, expected):
    result = complete(core)
    stream = title_stream(core)
    stream.say(*chunks).end()
    until(lambda: stream.is_closed)
    settle()
    assert title(result) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('"Seoul in spring."', "Seoul in spring"),
        ("**Title:** Seoul", "Seoul"),
        ("제목: 서울의 봄", "서울의 봄"),
        ("「서울의 봄」", "서울의 봄"),
        ("Subtitles: how to", "Subtitles: how to"),
        ("Is Seoul large?", "Is Seoul large?"),
        ("x" * 100, "x" * 60 + "…"),
        ("Rabbits on the moon", "Rabbits on the moon"),
        ("달에 사는 토끼", "달에 사는 토끼"),
        ('"Rabbits on the moon."', "Rabbits on the moon"),
        ("**Title: Rabbits**", "Rabbits"),
        ("제목: 「달토끼」", "달토끼"),
        ("...", ""),
        ("word " * 40, "word " * 11 + "word…"),
    ],
)
def test_a_title_is_the_models_line_without_quotes_and_markup(line, expected):
    assert clean_title(line) == expected


def test_a_model_that_thinks_is_read_to_its_end(core):
    """Where the beginning of a thought is missing, only its end tells that its first line is no title."""
    result = core.send("Hello")
    core.run(result).say(Reasoning("Hm"), "Hi").end()
    core.until_ended(result)
    title_stream(core).say("A greeting.\n", TextWasReasoning(), "Greetings\n").end()
    until(lambda: title(result) == "Greetings")


# --- With the response cache


def cached_title(result):
    with db.read() as session:
        return session.get(CachedResponse, generation(result.ack["generation_id"]).cache_key).title


def test_a_title_is_cached_with_the_answer_and_not_requested_again(core, emits):
    first = complete(core)
    title_stream(core).say("Greetings").end()
    until(lambda: title(first) == "Greetings")
    assert cached_title(first) == "Greetings"
    repeated = core.send("Hello")
    assert repeated.effects.conversation["title"] == "Greetings"
    core.runner.start(repeated.effects)
    core.until_ended(repeated)
    settle()
    assert len(title_streams(core)) == 1


def test_a_question_repeated_while_its_title_is_made_gets_the_same_title(core):
    first = complete(core)
    stream = title_stream(core)
    repeated = core.send("Hello")
    core.runner.start(repeated.effects)
    core.until_ended(repeated)
    settle()
    stream.say("Greetings").end()
    until(lambda: title(first) == title(repeated) == "Greetings")
    assert len(title_streams(core)) == 1


def test_a_failed_title_is_requested_again_with_the_repeated_question(core, caplog):
    complete(core)
    title_stream(core).say(ProviderError("provider_error", "It broke."))
    until(lambda: "It broke." in caplog.text)
    repeated = core.send("Hello")
    core.runner.start(repeated.effects)
    core.until_ended(repeated)
    until(lambda: len(title_streams(core)) == 2)
    title_stream(core).say("Greetings").end()
    until(lambda: title(repeated) == "Greetings")


def test_without_the_cache_only_concurrent_requests_share_a_title(new_core):
    core = new_core(titles=True, cache="off")
    one, other = complete(core), complete(core)
    settle()
    (stream,) = title_streams(core)
    stream.say("Greetings").end()
    until(lambda: title(one) == title(other) == "Greetings")
    third = complete(core)
    until(lambda: len(title_streams(core)) == 2)
    title_stream(core).say("Greetings again").end()
    until(lambda: title(third) == "Greetings again")


# --- Spending


def spent_tokens():
    with db.read() as session:
        return session.scalars(select(Spending.tokens).where(Spending.key == "all")).one()


def test_a_title_is_paid_as_an_answer_is(new_core):
    core = new_core(titles=True, tokens_per_day={"all": 100_000})
    result = core.send()
    core.run(result).say("Hi", Usage(3, 4, 7)).end()
    core.until_ended(result)
    stream = title_stream(core)
    assert spent_tokens() > 7 + OUTPUT_TOKENS
    stream.say("Greetings", Usage(20, 5, 25)).end()
    until(lambda: title(result) == "Greetings")
    until(lambda: spent_tokens() == 32)


def test_no_title_is_asked_for_where_no_more_may_be_spent(new_core, caplog):
    core = new_core(titles=True, tokens_per_day={"all": 2 * OUTPUT_TOKENS})
    result = core.send()
    core.run(result).say("Hi", Usage(3, OUTPUT_TOKENS, 3 + OUTPUT_TOKENS)).end()
    core.until_ended(result)
    settle()
    assert (title_streams(core), title(result)) == ([], "Hello")
    assert caplog.records == []


def test_a_title_is_as_long_as_the_operator_lets_any_answer_be(new_core):
    core = new_core(titles=True, configured={"limits": Limits(max_tokens=30)})
    complete(core)
    assert title_stream(core).prompt.options == {"max_tokens": 30}


def test_a_model_for_titles_need_not_be_offered(new_core):
    core = new_core(titles=True, title_model="small", configured={"takes_others": False})
    complete(core)
    assert title_stream(core).prompt.model == "small"
