"""The same question again, or at the same time."""

from support.tab import unique

SLOW = "script?tokens=1000&rate=100"


def test_cached_tells_the_truth_and_the_text_is_the_same(tab, upstream):
    content, model = unique(), "script?tokens=30&rate=300"
    first = tab.asked(model, content=content)
    second = tab.ask(model, content=content)
    ended = tab.ended(second["generation_id"])
    started = tab.fact("generation_started", generation_id=second["generation_id"])
    assert started["cached"] is True
    assert ended["message"]["cached"] is True
    assert ended["message"]["content"] == tab.text(second["generation_id"]) == tab.text(first["generation_id"])
    assert ended["status"] == "complete"
    assert len(upstream.calls(content)) == 1


def test_a_cached_answer_is_never_anothers(new_client, upstream):
    content, model = unique(), "script?tokens=3"
    for _ in range(2):
        tab = new_client().tab()
        ack = tab.ask(model, content=content)
        assert tab.ended(ack["generation_id"])["message"]["cached"] is False
    assert len(upstream.calls(content)) == 2


def test_a_stopped_or_failed_answer_is_not_given_again(tab):
    for model in (SLOW, "script?tokens=9&fault=cut&at=4"):
        content = unique()
        first = tab.ask(model, content=content)
        tab.wait_text(first["generation_id"], "3 ")
        if model == SLOW:
            tab.ok("stop_generation", generation_id=first["generation_id"])
        tab.ended(first["generation_id"])
        second = tab.ask(model, content=content)
        assert tab.fact("generation_started", generation_id=second["generation_id"])["cached"] is False
        tab.ok("stop_generation", generation_id=second["generation_id"])


def test_the_same_question_at_the_same_time_shares_one_call_until_the_last_stop(tab, upstream):
    content = unique()
    first, second = tab.ask(SLOW, content=content), tab.ask(SLOW, content=content)
    for ack in (first, second):
        tab.wait_text(ack["generation_id"], "5 ")
    assert len(upstream.calls(content)) == 1
    tab.ok("stop_generation", generation_id=first["generation_id"])
    assert tab.ended(first["generation_id"])["status"] == "stopped"
    seen = len(tab.tokens(second["generation_id"]))
    tab.wait_for(lambda tab: len(tab.tokens(second["generation_id"])) > seen)
    assert upstream.call(content)["ended_at"] is None
    tab.ok("stop_generation", generation_id=second["generation_id"])
    assert upstream.closed_call(content)["ended_by"] == "client"
    text = tab.ended(second["generation_id"])["message"]["content"]
    assert text == "".join(f"{number} " for number in range(1, len(text.split()) + 1))
