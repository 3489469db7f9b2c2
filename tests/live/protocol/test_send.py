"""send_message: its ack, its facts and their order."""

import pytest

from support.shapes import REVISED, check_conversation, check_error, check_fact, check_message, is_id
from support.tab import new_id, unique

FAST = "script?tokens=12&rate=300"
TEXT = "".join(f"{number} " for number in range(1, 13))


def test_the_ack_holds_the_conversation_and_the_message(tab):
    content, client_id = unique("한국어로 묻는 첫 질문"), new_id()
    ack = tab.ask(FAST, content=content, client_message_id=client_id)
    assert set(ack) == {"ok", "conversation", "message", "generation_id", "assistant_message_id"}
    check_conversation(ack["conversation"])
    message = check_message(ack["message"])
    assert (message["role"], message["content"]) == ("user", content)
    assert message["client_message_id"] == client_id
    assert message["conversation_id"] == ack["conversation"]["id"]
    assert message["parent_id"] is None
    assert is_id(ack["generation_id"])
    assert is_id(ack["assistant_message_id"])
    assert ack["conversation"]["model"] is None or isinstance(ack["conversation"]["model"], str)


def test_the_facts_of_an_answer_come_in_order_with_their_exact_fields(tab):
    ack = tab.ask(FAST)
    ended = tab.wait_ended(ack["generation_id"])
    for event in tab.events:
        check_fact(event.name, event.payload)
    mine = [event for event in tab.events if event.name in REVISED | {"token"}]
    names = [event.name for event in mine]
    assert names[:3] == ["message_added", "message_added", "generation_started"]
    assert set(names[3:-1]) == {"token"}
    assert names[-1] == "generation_ended"
    user, assistant = mine[0].payload["message"], mine[1].payload["message"]
    assert user == ack["message"]
    assert (assistant["id"], assistant["parent_id"]) == (ack["assistant_message_id"], user["id"])
    assert (assistant["content"], assistant["status"]) == ("", "running")
    started = mine[2].payload
    assert (started["generation_id"], started["message_id"]) == (ack["generation_id"], assistant["id"])
    assert (started["model"], started["cached"]) == (FAST, False)
    assert (ended["status"], ended["message"]["content"]) == ("complete", TEXT)


def test_revisions_grow_by_one_over_many_turns(tab):
    conversation_id = tab.ask_and_wait(FAST)["conversation"]["id"]
    for _ in range(3):
        tab.ask_and_wait(FAST, conversation_id)
    revisions = [fact["revision"] for fact in tab.facts() if "revision" in fact]
    assert revisions == list(range(revisions[0], revisions[0] + 16))
    opened = tab.ok("open_conversation", conversation_id=conversation_id)
    assert opened["conversation"]["revision"] == revisions[-1]


def test_rule_1_seq_runs_from_one_without_gaps_to_the_end(tab):
    ack = tab.ask("script?tokens=60&rate=300&reasoning=20")
    ended = tab.wait_ended(ack["generation_id"])
    seqs = [token["seq"] for token in tab.tokens(ack["generation_id"])] + [ended["seq"]]
    assert seqs == list(range(1, len(seqs) + 1))


def test_rule_1_nothing_follows_the_end(tab):
    first = tab.ask(FAST)
    tab.wait_ended(first["generation_id"])
    tab.ask_and_wait(FAST, first["conversation"]["id"])
    names = [
        event.name
        for event in tab.events
        if first["generation_id"] in (event.payload.get("id"), event.payload.get("generation_id"))
    ]
    assert names.count("generation_ended") == 1
    assert names[-1] == "generation_ended"


def test_the_stored_answer_has_its_model_usage_and_timings(client, tab):
    ack = tab.ask(FAST)
    ended = tab.wait_ended(ack["generation_id"])
    message = client.saved(ack["conversation"]["id"])[ack["assistant_message_id"]]
    assert message == ended["message"]
    check_message(message)
    assert (message["model"], message["generation_id"]) == (FAST, ack["generation_id"])
    assert (message["finish_reason"], message["error"], message["cached"]) == ("stop", None, False)
    assert message["usage"]["completion_tokens"] > 0
    usage, timings = message["usage"], message["timings"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert 0 <= timings["queued_ms"] <= timings["first_token_ms"] <= timings["total_ms"]


def test_reasoning_is_kept_apart_from_the_answer(client, tab):
    for field in ("reasoning", "reasoning_content"):
        ack = tab.ask(f"script?tokens=5&rate=200&reasoning=5&reasoning_field={field}")
        message = tab.wait_ended(ack["generation_id"])["message"]
        assert message["content"] == "1 2 3 4 5 "
        assert message["reasoning"] == "r1 r2 r3 r4 r5 "
        kinds = [token.get("kind", "text") for token in tab.tokens(ack["generation_id"])]
        assert kinds == sorted(kinds), "reasoning comes first"
        assert set(kinds) == {"text", "reasoning"}


def test_a_second_message_follows_the_active_leaf_with_the_history(tab, upstream):
    first = tab.ask_and_wait(FAST, content=unique("first"))
    second = tab.ask_and_wait(FAST, first["conversation"]["id"], content=unique("second"))
    assert second["message"]["parent_id"] == first["assistant_message_id"]
    sent = upstream.call(second["message"]["content"])["messages"]
    assert [message["content"] for message in sent] == [
        first["message"]["content"],
        TEXT,
        second["message"]["content"],
    ]


def test_a_null_parent_makes_a_new_root(tab):
    first = tab.ask_and_wait(FAST)
    second = tab.ask_and_wait(FAST, first["conversation"]["id"], parent_id=None)
    assert second["message"]["parent_id"] is None
    assert second["message"]["sibling_ids"] == [first["message"]["id"], second["message"]["id"]]


def test_a_named_parent_makes_a_branch_there(tab):
    first = tab.ask_and_wait(FAST)
    conversation_id = first["conversation"]["id"]
    second = tab.ask_and_wait(FAST, conversation_id)
    third = tab.ask_and_wait(FAST, conversation_id, parent_id=first["assistant_message_id"])
    assert third["message"]["sibling_ids"] == [second["message"]["id"], third["message"]["id"]]


def test_a_system_prompt_and_options_reach_the_upstream(tab, upstream):
    ack = tab.ask_and_wait(FAST, system_prompt="말을 짧게 하라.", options={"temperature": 0.25})
    call = upstream.call(ack["message"]["content"])
    assert call["messages"][0] == {"role": "system", "content": "말을 짧게 하라."}
    assert call["options"]["temperature"] == 0.25
    assert ack["conversation"]["system_prompt"] == "말을 짧게 하라."


def test_a_system_prompt_is_for_new_conversations_only(tab):
    conversation_id = tab.ask_and_wait(FAST)["conversation"]["id"]
    payload = {"conversation_id": conversation_id, "client_message_id": new_id(), "content": unique()}
    error = tab.error("send_message", {**payload, "system_prompt": "late"})
    assert "system_prompt" in check_error(error, code="invalid")["message"]


def test_without_a_model_the_default_of_conversation_or_server_is_used(tab):
    ack = tab.ok("send_message", conversation_id=None, client_message_id=new_id(), content=unique())
    assert tab.wait_ended(ack["generation_id"])["message"]["model"] == "script?tokens=20&rate=100"


@pytest.mark.parametrize("finish", ["stop", "length", "content_filter"])
def test_the_finish_reason_is_stored(tab, finish):
    ack = tab.ask(f"script?tokens=3&finish={finish}")
    message = tab.wait_ended(ack["generation_id"])["message"]
    assert (message["status"], message["finish_reason"]) == ("complete", finish)


def test_usage_is_null_if_the_upstream_does_not_report_it(tab):
    ack = tab.ask("script?tokens=3&usage=0")
    assert tab.wait_ended(ack["generation_id"])["message"]["usage"] is None


def test_a_new_message_under_a_users_message_is_a_conflict(tab):
    first = tab.ask_and_wait(FAST)
    payload = {"client_message_id": new_id(), "content": unique(), "parent_id": first["message"]["id"]}
    error = tab.error("send_message", {"conversation_id": first["conversation"]["id"], **payload})
    check_error(error, code="conflict")


@pytest.mark.parametrize("named", [True, False])
def test_a_new_message_under_a_running_one_is_a_conflict(tab, named):
    first = tab.ask("script?tokens=1000&rate=20")
    payload = {"client_message_id": new_id(), "content": unique()}
    parent = {"parent_id": first["assistant_message_id"]} if named else {}
    error = tab.error("send_message", {"conversation_id": first["conversation"]["id"], **payload, **parent})
    check_error(error, code="conflict")
    tab.ok("stop_generation", generation_id=first["generation_id"])


def test_a_parent_of_another_conversation_is_not_found(tab):
    first, second = tab.ask_and_wait(FAST), tab.ask_and_wait(FAST)
    payload = {"client_message_id": new_id(), "content": unique()}
    payload |= {"conversation_id": second["conversation"]["id"], "parent_id": first["assistant_message_id"]}
    check_error(tab.error("send_message", payload), code="not_found")


def test_all_tabs_of_a_session_get_new_and_changed_conversations(client, tab):
    other = client.tab()
    ack = tab.ask_and_wait(FAST)
    added = other.wait_fact("conversation_added")
    assert check_conversation(added["conversation"])["id"] == ack["conversation"]["id"]
    other.wait_for(
        lambda tab: any(not fact["conversation"]["running"] for fact in tab.facts("conversation_changed")),
        what="a hint that nothing runs any more",
    )
    assert other.facts("token") == [], "a tab that did not open the conversation gets no tokens"


def test_text_of_every_unicode_plane_is_returned_unchanged(client, tab):
    content = unique("가나다 😀 👩‍👩‍👧 \u200b ﷽ e\u0301 \t\r\n\u2028 &lt;b>")
    ack = tab.ask_and_wait("script?tokens=1&text=답😀", content=content)
    saved = client.saved(ack["conversation"]["id"])
    assert saved[ack["message"]["id"]]["content"] == content
    assert saved[ack["assistant_message_id"]]["content"] == "답😀"
