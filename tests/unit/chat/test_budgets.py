"""How many answers run at once, and what a day may cost: reserved at the begin, settled at the end, never forgotten."""

import pytest
from sqlalchemy import select

from chatapp.chat import budgets as budgets_module
from chatapp.chat.budgets import DAY_SECONDS, ORPHANED_SECONDS, Budgets, Spender, forget_old
from chatapp.errors import Busy, NotOffered, ProviderError, RateLimited, TooLarge
from chatapp.ids import new_id
from chatapp.protocol.payloads import ContinueGeneration, Options, Regenerate
from chatapp.providers import Reasoning, Usage
from chatapp.providers.config_file import ListedModel
from chatapp.providers.limits import Limits
from chatapp.providers.prices import OUTPUT_TOKENS, Amount, Price
from chatapp.server import metrics
from chatapp.storage.database import db
from chatapp.storage.tables import Reservation, Spending
from support.core import MODEL, OTHER, OWNER, question, until

#: "12345678" is three tokens by its length, and four for the message.
CONTENT, PROMPT_TOKENS = "12345678", 7
SHORT = {"limits": Limits(max_tokens=93)}
ONE = PROMPT_TOKENS + 93
PRICE = Price(input=2, output=10)


@pytest.fixture
def clock(monkeypatch):
    """The time of the budgets, noon of some day; `at` can be set."""

    class Clock:
        at = 20_000 * DAY_SECONDS + DAY_SECONDS / 2

    monkeypatch.setattr(budgets_module, "now", lambda: Clock.at)
    return Clock


def spent(key="all"):
    with db.read() as session:
        rows = session.execute(select(Spending.tokens, Spending.money).where(Spending.key == key)).all()
    return [tuple(row) for row in rows]


def reservations():
    with db.read() as session:
        return list(session.scalars(select(Reservation)))


def ask(core, owner=OWNER, address="a", **fields):
    return core.sender.send(owner, question(**{"content": CONTENT, "model": MODEL, **fields}), address)


def end(core, result, *chunks, **usage):
    core.run(result).say(*chunks).end()
    return core.until_ended(result)


# --- At once


@pytest.mark.parametrize(
    ("scope", "other"),
    [
        ("address", {"address": "b"}),
        ("model", {"model": "another"}),
    ],
)
def test_each_scope_has_its_own_bound_of_answers_at_once(new_core, scope, other):
    core = new_core(answers_at_once={scope: 2})
    running = [ask(core, owner) for owner in (OWNER, OTHER)]
    with pytest.raises(Busy) as refused:
        ask(core, new_id())
    assert (refused.value.scope, refused.value.retry_after) == (scope, 3)
    assert ask(core, new_id(), **other).effects
    core.finalize(running[0], "Hi")
    assert ask(core, new_id()).effects


def test_all_together_have_a_bound_of_answers_at_once(new_core):
    core = new_core(answers_at_once={"all": 2})
    running = [ask(core, new_id(), address=name, model=name) for name in "ab"]
    with pytest.raises(Busy) as refused:
        ask(core, new_id(), address="c", model="c")
    assert refused.value.scope == "all"
    core.finalize(running[0], "Hi", "stopped")
    assert ask(core, new_id(), address="c", model="c").effects


def test_a_server_without_bounds_keeps_no_book(new_core):
    core = new_core()
    end(core, ask(core), "Hi", Usage(3, 4, 7))
    assert (spent(), reservations()) == ([], [])


# --- Tokens


@pytest.mark.parametrize(
    ("scope", "other"),
    [
        ("session", {"address": "b", "model": "another"}),
        ("address", {"owner": OTHER, "model": "another"}),
        ("model", {"owner": OTHER, "address": "b"}),
        ("all", {"owner": OTHER, "address": "b", "model": "another"}),
    ],
)
def test_each_scope_has_its_own_tokens_of_a_day(new_core, clock, scope, other):
    core = new_core(configured=SHORT, tokens_per_day={scope: 2 * ONE})
    ask(core)
    ask(core, **other)
    with pytest.raises(RateLimited) as refused:
        ask(core, **other)
    assert (refused.value.scope, refused.value.retry_after) == (scope, DAY_SECONDS / 2)
    assert len(reservations()) == 2, "the refused question left nothing"
    clock.at += DAY_SECONDS
    assert ask(core).effects


def test_what_an_answer_did_not_need_is_given_back_at_its_end(new_core):
    core = new_core(configured=SHORT, tokens_per_day={"all": 2 * ONE})
    result = ask(core)
    assert spent() == [(ONE, 0)]
    end(core, result, "Hi", Usage(5, 6, 11))
    assert (spent(), reservations()) == ([(11, 0)], [])
    assert [spent(key) for key in (f"session:{OWNER}", "address:a", f"model:{MODEL}")] == [[(11, 0)]] * 3


def test_an_answer_without_usage_is_estimated(new_core):
    core = new_core(configured=SHORT, tokens_per_day={"all": 1000})
    end(core, ask(core), Reasoning("r" * 30), "t" * 60)
    assert spent() == [(PROMPT_TOKENS + 30, 0)]


def test_zeros_are_no_usage(new_core):
    core = new_core(configured=SHORT, tokens_per_day={"all": 1000})
    end(core, ask(core), "t" * 60, Usage(0, 0, 0))
    assert spent() == [(PROMPT_TOKENS + 20, 0)]


def test_a_stopped_answer_has_spent_what_came(new_core):
    core = new_core(configured=SHORT, tokens_per_day={"all": 1000})
    result = ask(core)
    core.run(result).say("t" * 60)
    until(lambda: core.log.last_seq(result.ack["generation_id"]))
    core.runner.stop(OWNER, result.ack["generation_id"])
    assert spent() == [(PROMPT_TOKENS + 20, 0)]


def test_an_answer_that_failed_after_some_text_has_spent_it(new_core):
    core = new_core(configured=SHORT, tokens_per_day={"all": 1000})
    end(core, ask(core), "t" * 60, ProviderError("provider_unavailable", "It broke off."))
    assert spent() == [(PROMPT_TOKENS + 20, 0)]


def test_a_model_that_could_not_be_reached_cost_nothing(new_core):
    core = new_core(configured=SHORT, tokens_per_day={"all": 1000})
    core.provider.opening = ProviderError("provider_unavailable", "It is away.")
    result = ask(core)
    core.runner.start(result.effects)
    core.until_ended(result)
    assert (spent(), reservations()) == ([(0, 0)], [])


def test_a_model_that_is_not_offered_costs_nothing_and_is_not_asked(new_core):
    core = new_core(configured={"takes_others": False}, tokens_per_day={"all": 1_000_000})
    with pytest.raises(NotOffered) as refused:
        ask(core, model="dear")
    assert (refused.value.code, refused.value.reason) == ("invalid", "model_not_found")
    assert (core.provider.streams, spent(), reservations()) == ([], [], [])


def test_an_answer_whose_process_died_keeps_its_reserve_spent(new_core):
    """Nobody knows what it had cost."""
    core = new_core(configured=SHORT, tokens_per_day={"all": 1000})
    core.finalize(ask(core), "Half", "interrupted")
    assert (spent(), reservations()) == ([(ONE, 0)], [])


def test_what_is_spent_survives_the_process(new_core):
    core = new_core(configured=SHORT, tokens_per_day={"all": ONE})
    ask(core)
    again = new_core(configured=SHORT, tokens_per_day={"all": ONE})
    with pytest.raises(RateLimited):
        ask(again)


def test_a_cached_answer_costs_nothing(new_core):
    core = new_core(configured=SHORT, tokens_per_day={"all": ONE})
    end(core, ask(core), "Hi", Usage(5, ONE - 5, ONE))
    again = ask(core)
    assert again.effects.job.cached
    core.runner.start(again.effects)
    assert core.until_ended(again).content == "Hi"
    assert spent() == [(ONE, 0)]


def test_a_shared_call_is_paid_once(new_core):
    core = new_core(configured=SHORT, tokens_per_day={"all": 1000})
    first, second = ask(core), ask(core)
    stream = core.run(first)
    core.runner.start(second.effects)
    assert spent() == [(2 * ONE, 0)]
    stream.say("Hi", Usage(5, 6, 11)).end()
    for result in (first, second):
        core.until_ended(result)
    assert len(core.provider.streams) == 1
    assert (spent(), reservations()) == ([(11, 0)], [])


@pytest.mark.parametrize("stays", [0, 1])
def test_a_shared_call_that_one_stops_is_paid_by_the_other(new_core, stays):
    core = new_core(configured=SHORT, tokens_per_day={"all": 1000})
    results = [ask(core), ask(core)]
    stream = core.run(results[0])
    core.runner.start(results[1].effects)
    stream.say("t" * 30)
    core.runner.stop(OWNER, results[1 - stays].ack["generation_id"])
    assert spent() == [(ONE, 0)]
    stream.say(Usage(5, 16, 21)).end()
    core.until_ended(results[stays])
    assert spent() == [(21, 0)]


def test_a_shared_call_that_all_stop_is_paid_once(new_core):
    core = new_core(configured=SHORT, tokens_per_day={"all": 1000})
    results = [ask(core), ask(core)]
    core.run(results[0]).say("t" * 60)
    core.runner.start(results[1].effects)
    for result in results:
        until(lambda result=result: core.log.last_seq(result.ack["generation_id"]))
    core.runner.stop_local([result.ack["generation_id"] for result in results])
    for result in results:
        core.until_ended(result)
    assert spent() == [(PROMPT_TOKENS + 20, 0)]


def test_a_continued_and_a_regenerated_answer_are_reserved_as_any_other(new_core):
    core = new_core(configured=SHORT, tokens_per_day={"all": 10_000})
    result = ask(core)
    core.finalize(result, "t" * 30, "stopped", spent=Amount())
    for verb, request in (("continue_", ContinueGeneration), ("regenerate", Regenerate)):
        command = getattr(core.sender, verb)(OWNER, request(message_id=result.ack["assistant_message_id"]), "a")
        (row,) = reservations()
        assert row.tokens == command.effects.job.reserved.amount.tokens >= ONE
        core.finalize(command, "", "stopped", spent=Amount())


# --- Answers without a bound of their own


def test_an_answer_that_outgrows_its_reserve_reserves_more(new_core):
    core = new_core(tokens_per_day={"all": 3 * OUTPUT_TOKENS})
    result = ask(core)
    stream = core.run(result)
    stream.say("t" * (3 * OUTPUT_TOKENS + 1))
    until(lambda: spent() == [(PROMPT_TOKENS + 2 * OUTPUT_TOKENS, 0)])
    stream.say(Usage(5, 6, 11)).end()
    assert core.until_ended(result).status == "complete"
    assert spent() == [(11, 0)]


def test_an_answer_is_ended_where_no_more_may_be_spent(new_core):
    core = new_core(tokens_per_day={"all": PROMPT_TOKENS + OUTPUT_TOKENS})
    result = ask(core)
    stream = core.run(result)
    stream.say("t" * (3 * OUTPUT_TOKENS + 1))
    stored = core.until_ended(result)
    assert (stored.status, stored.error["code"]) == ("failed", "rate_limited")
    assert "today's limit was reached" in stored.error["message"]
    assert stored.content
    until(lambda: stream.is_closed)
    (total,) = spent()
    assert total[0] <= PROMPT_TOKENS + OUTPUT_TOKENS + 1


def test_an_answer_that_its_model_ends_itself_needs_no_more(new_core):
    """Of code and of many languages a token has more bytes than was estimated."""
    core = new_core(configured=SHORT, tokens_per_day={"all": ONE})
    assert end(core, ask(core), "t" * (93 * 6), Usage(5, 6, 11)).status == "complete"


def test_a_question_that_could_never_fit_is_told_so(new_core):
    core = new_core(tokens_per_day={"session": 10_000})
    with pytest.raises(TooLarge) as refused:
        ask(core, options=Options(max_tokens=20_000))
    assert (refused.value.scope, refused.value.retry_after) == ("session", None)


# --- Money


def test_money_is_reserved_and_settled_by_the_prices(new_core):
    core = new_core(configured={**SHORT, "price": PRICE}, money_per_day={"all": 1})
    result = ask(core)
    assert spent() == [(ONE, PROMPT_TOKENS * 2 + 93 * 10)]
    end(core, result, "Hi", Usage(5, 6, 11))
    assert spent() == [(11, 5 * 2 + 6 * 10)]


def test_the_money_of_a_day_is_a_bound_too(new_core):
    one = PROMPT_TOKENS * 2 + 93 * 10
    core = new_core(configured={**SHORT, "price": PRICE}, money_per_day={"session": 2 * one / 1_000_000})
    ask(core)
    ask(core)
    with pytest.raises(RateLimited) as refused:
        ask(core)
    assert refused.value.scope == "session"
    assert ask(core, OTHER).effects


def test_a_dear_model_spends_more_of_it_than_a_cheap_one(new_core):
    models = (ListedModel(id=MODEL, price=PRICE), ListedModel(id="cheap", price=Price(input=0, output=0)))
    core = new_core(configured={**SHORT, "models": models}, money_per_day={"all": 0.001})
    ask(core)
    with pytest.raises(RateLimited):
        ask(core)
    assert ask(core, model="cheap").effects


# --- The book


def test_old_days_and_orphaned_reservations_are_deleted(new_core, clock):
    core = new_core(configured=SHORT, tokens_per_day={"all": 1000})
    running = ask(core)
    with db.write() as session:
        core.budgets.reserve(session, new_id(), Spender(OWNER, "a", MODEL), Amount(5), is_answer=False)
    clock.at += ORPHANED_SECONDS + 1
    with db.write() as session:
        forget_old(session)
    assert [row.id for row in reservations()] == [running.ack["generation_id"]]
    assert spent() == [(ONE + 5, 0)], "it stays spent"
    clock.at += 2 * DAY_SECONDS
    with db.write() as session:
        forget_old(session)
    assert spent() == []


def test_an_answer_that_ends_after_midnight_is_settled_on_its_own_day(new_core, clock):
    core = new_core(configured=SHORT, tokens_per_day={"all": 1000})
    result = ask(core)
    clock.at += DAY_SECONDS
    end(core, result, "Hi", Usage(5, 6, 11))
    assert spent() == [(11, 0)]


def test_a_refusal_is_counted_by_its_bound(new_core):
    core = new_core(configured=SHORT, tokens_per_day={"model": ONE})
    counter = metrics.refusals.labels("tokens", "model")
    before = counter._value.get()
    ask(core)
    with pytest.raises(RateLimited):
        ask(core)
    assert counter._value.get() == before + 1


def test_bounds_that_are_dropped_leave_nothing_behind(new_core):
    bounded = new_core(configured=SHORT, tokens_per_day={"all": 1000})
    result = ask(bounded)
    assert not Budgets(new_core().settings).counts_spending
    new_core().finalize(result, "Hi")
    assert reservations() == []
