"""Answers of odd servers through the whole server; the unit tests have all kinds."""

import pytest

from chatapp.demo.odd_answers import ANSWER, THOUGHT
from support.tab import unique


def ask(tab, kind, **fields):
    """Ask for a kind of answer; return its message and the ack of the question."""
    ack = tab.ask(f"odd?kind={kind}", **fields)
    return tab.wait_ended(ack["generation_id"])["message"], ack


@pytest.mark.parametrize("kind", ["think_inline", "think_unopened", "harmony", "thinking_parts"])
def test_thoughts_are_reasoning_in_every_view_and_are_not_sent_back(client, tab, upstream, kind):
    message, ack = ask(tab, kind, content=unique())
    assert (message["status"], message["content"], message["reasoning"].strip()) == ("complete", ANSWER, THOUGHT)
    assert client.saved(ack["conversation"]["id"])[message["id"]] == message
    resumed = tab.ok("resume_generation", generation_id=ack["generation_id"], after=0)
    shown = {"text": "", "reasoning": ""}
    for entry in resumed["entries"]:
        if entry["kind"] == "text_was_reasoning":
            shown = {"text": "", "reasoning": shown["reasoning"] + shown["text"]}
        elif entry["kind"] in shown:
            shown[entry["kind"]] += entry["text"]
    assert (shown["text"], shown["reasoning"].strip()) == (ANSWER, THOUGHT)
    content = unique()
    tab.ask_and_wait("script?tokens=1", ack["conversation"]["id"], content=content)
    assert upstream.calls(content)[0]["messages"][1] == {"role": "assistant", "content": ANSWER}


@pytest.mark.parametrize(
    ("kind", "code", "content", "retry_after"),
    [
        ("tool_unasked", "empty_answer", "", None),
        ("nothing", "empty_answer", "", None),
        ("content_filter", "content_refused", "", None),
        ("finish_error", "provider_error", "Half a sen", None),
        ("error_in_stream", "provider_unavailable", "Half a sen", None),
        ("context_in_raw", "context_too_long", "", None),
        ("rate_list", "rate_limited", "", 38),
        ("quota", "quota_exceeded", "", None),
        ("forbidden", "provider_forbidden", "", None),
        ("no_such_model", "model_not_found", "", None),
    ],
)
def test_a_failure_has_its_code_and_keeps_the_text(tab, kind, code, content, retry_after):
    message, _ = ask(tab, kind)
    error = message["error"]
    assert (message["status"], message["content"], error["code"]) == ("failed", content, code)
    assert error.get("retry_after") == retry_after


def test_a_refusal_is_an_answer_that_says_so(tab):
    message, _ = ask(tab, "refusal")
    assert (message["status"], message["finish_reason"]) == ("complete", "refusal")
    assert message["content"] == "I'm sorry, I can't do that."


def test_the_model_that_has_answered_is_told(tab):
    assert ask(tab, "other_model")[0]["answered_by"] == "another-model-2026"


def test_what_was_left_out_is_not_told_where_nothing_is_lost(tab):
    message, _ = ask(tab, "no_max_tokens", options={"max_tokens": 50})
    assert (message["status"], message["content"]) == ("complete", "Hello there")
    assert "notices" not in message


def test_a_question_after_a_failed_one_is_a_legal_conversation(tab):
    _, ack = ask(tab, "nothing")
    message, _ = ask(tab, "strict_roles", conversation_id=ack["conversation"]["id"])
    assert (message["status"], message["content"]) == ("complete", "Hello there")


@pytest.fixture(scope="module")
def prefilled(module_server, upstream, tmp_path_factory):
    """A server with the settings of a provider for continuing and for reasoning."""
    path = tmp_path_factory.mktemp("prefilled") / "chatapp.toml"
    path.write_text(
        f'[providers.p]\nbase_url = "{upstream.url}"\ncontinuation = "prefill"\nsend_reasoning = "reasoning"\n'
    )
    return module_server(CHATAPP_CONFIG=str(path), CHATAPP_MODEL="")


def test_a_server_that_repeats_the_partial_answer_is_joined_exactly(prefilled, new_client, upstream):
    tab, content = new_client(prefilled).tab(), unique()
    model = "p/script?tokens=9&repeat=1"
    ack = tab.ask_and_wait(model, content=content, options={"max_tokens": 4})
    message = tab.wait_ended(ack["generation_id"])["message"]
    assert (message["content"], message["finish_reason"]) == ("1 2 3 4 ", "length")
    continued = tab.ok("continue_generation", message_id=message["id"])["generation_id"]
    tab.wait_ended(continued)
    assert tab.text(continued) == "5 6 7 "  # the repeated text is one of its four tokens
    assert upstream.calls(content)[1]["messages"][-1] == {"role": "assistant", "content": "1 2 3 4 "}


def test_a_partial_answer_in_korean_is_continued_in_korean(tab, upstream):
    content = unique("안녕")
    ack = tab.ask_and_wait("script?tokens=9&lang=ko&resume=1", content=content, options={"max_tokens": 4})
    message = tab.wait_ended(ack["generation_id"])["message"]
    continued = tab.ok("continue_generation", message_id=message["id"])["generation_id"]
    assert tab.wait_ended(continued)["message"]["content"].startswith("1번 2번 3번 4번 5번 ")
    assert "이어서" in upstream.calls(content)[1]["messages"][-1]["content"]


def test_thoughts_are_sent_back_where_the_provider_is_set_to(prefilled, new_client, upstream):
    tab, content = new_client(prefilled).tab(), unique()
    ack = tab.ask_and_wait("p/odd?kind=think_inline", content=unique())
    tab.ask_and_wait("p/script?tokens=1", ack["conversation"]["id"], content=content)
    sent = upstream.calls(content)[0]["messages"][1]
    assert sent == {"role": "assistant", "content": ANSWER, "reasoning": THOUGHT}
