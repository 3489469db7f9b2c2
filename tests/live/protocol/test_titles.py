"""Titles that a model makes from the first exchange."""

from urllib.parse import quote

import pytest

from support.tab import new_id, unique
from support.waiting import eventually

#: A model that its provider lists.
LISTED = "demo-fast"
#: The output of the model that makes titles, and the title made from it.
OUTPUT, TITLE = "<think>Hm?\nHm.</think>\n\n제목: 「달토끼」\n\nBecause", "달토끼"


def script(text, more=""):
    """Return a model with this output."""
    return f"script?text={quote(text)}{more}"


@pytest.fixture(scope="module")
def quick_titles(module_server):
    """A server whose title model answers at once."""
    return module_server(CHATAPP_TITLE_MODEL=script(OUTPUT))


@pytest.fixture(scope="module")
def late_titles(module_server):
    """A server whose title model answers so late that a test can act before."""
    return module_server(CHATAPP_TITLE_MODEL=script(OUTPUT, "&first=1.5"))


@pytest.fixture
def quick_client(quick_titles, new_client):
    return new_client(quick_titles)


@pytest.fixture
def late_client(late_titles, new_client):
    return new_client(late_titles)


def title(client, conversation_id):
    return client.get(f"/api/conversations/{conversation_id}").json["conversation"]["title"]


def wait_title(tab, conversation_id, wanted):
    tab.wait_for(
        lambda tab: any(
            fact["conversation"]["title"] == wanted and fact["conversation"]["id"] == conversation_id
            for fact in tab.facts("conversation_changed")
        ),
        what=f"the title {wanted!r}",
    )


def test_the_models_output_becomes_the_title(quick_client):
    tab = quick_client.tab()
    ack = tab.ask_and_wait("script?tokens=3")
    wait_title(tab, ack["conversation"]["id"], TITLE)
    assert title(quick_client, ack["conversation"]["id"]) == TITLE


def test_a_title_is_made_from_the_first_exchange_and_shown_in_every_tab(quick_client, upstream):
    content = unique()
    tab, other = quick_client.tab(), quick_client.tab()
    ack = tab.ask_and_wait("script?tokens=3", content=content)
    wait_title(other, ack["conversation"]["id"], TITLE)
    prompt = upstream.calls(content)[-1]["messages"]
    assert prompt[0]["role"] == "system"
    assert prompt[-1]["content"] == f"{content}\n\n---\n\n1 2 3 "


def test_a_title_set_by_the_user_stays(late_client, upstream):
    client, content = late_client, unique()
    tab = client.tab()
    ack = tab.ask_and_wait("script?tokens=3", content=content)
    conversation_id = ack["conversation"]["id"]
    client.patch(f"/api/conversations/{conversation_id}", {"title": "Mine"})
    eventually(lambda: [call for call in upstream.calls(content)[1:] if call["ended_at"]], what="the model's title")
    tab.ask_and_wait("script?tokens=3", conversation_id)
    assert title(client, conversation_id) == "Mine"
    named = client.post("/api/conversations", {"title": "Named before"}).json["conversation"]["id"]
    tab.ask_and_wait("script?tokens=3", named, content=unique())
    assert title(client, named) == "Named before"


@pytest.mark.parametrize("broken", ["script?status=500", "script?tokens=0"])
def test_the_first_words_stay_if_the_model_makes_no_title(new_server, new_client, upstream, broken):
    client, content = new_client(new_server(CHATAPP_TITLE_MODEL=broken)), unique("What is it like")
    tab = client.tab()
    ack = tab.ask_and_wait("script?tokens=3", content=content)
    eventually(lambda: [call for call in upstream.calls(content)[1:] if call["ended_at"]], what="the model's attempt")
    tab.ask_and_wait("script?tokens=3", ack["conversation"]["id"])
    assert title(client, ack["conversation"]["id"]) == content


def test_only_the_first_exchange_makes_a_title(quick_client, upstream):
    tab, content = quick_client.tab(), unique()
    ack = tab.ask_and_wait("script?tokens=3", content=content)
    wait_title(tab, ack["conversation"]["id"], TITLE)
    second = unique()
    tab.ask_and_wait("script?tokens=3", ack["conversation"]["id"], content=second)
    tab.ask_and_wait("script?tokens=3", ack["conversation"]["id"])
    assert len(upstream.calls(second)) == 2, "the question and the next one, none for a title"


def test_ten_identical_conversations_ask_for_one_title(quick_client, upstream):
    tab, content = quick_client.tab(), unique()
    acks = [tab.ask("script?tokens=30&rate=100", content=content) for _ in range(10)]
    for ack in acks:
        wait_title(tab, ack["conversation"]["id"], TITLE)
    assert len(upstream.calls(content)) == 2


def test_a_cached_answer_sets_its_title(quick_client, upstream):
    tab, content = quick_client.tab(), unique()
    ack = tab.ask_and_wait("script?tokens=3", content=content)
    wait_title(tab, ack["conversation"]["id"], TITLE)
    eventually(
        lambda: tab.ask_and_wait("script?tokens=3", content=content)["conversation"]["title"] == TITLE,
        what="the title of the cached answer",
    )
    assert len(upstream.calls(content)) == 2


def test_a_cached_answer_gets_a_title_that_is_still_being_made(late_client, upstream):
    tab, content = late_client.tab(), unique()
    acks = [tab.ask_and_wait("script?tokens=3", content=content) for _ in range(3)]
    for ack in acks:
        wait_title(tab, ack["conversation"]["id"], TITLE)
    assert len(upstream.calls(content)) == 2


def test_a_later_question_does_not_take_the_title_of_another_conversation(quick_client):
    """With `max_turns` its prompt equals that of a first question in another conversation."""
    tab, content = quick_client.tab(), unique()
    other = tab.ask_and_wait("script?tokens=3", content=content)
    wait_title(tab, other["conversation"]["id"], TITLE)
    opening = unique("Of its own")
    failed = tab.ask_and_wait("script?tokens=9&fault=cut&at=1", content=opening)["conversation"]["id"]
    later = tab.ask_and_wait("script?tokens=3", failed, content=content, options={"max_turns": 1})
    assert tab.wait_ended(later["generation_id"])["message"]["cached"] is True
    assert title(quick_client, failed) == opening


def test_the_conversations_model_makes_the_title_if_the_provider_lists_it(client, tab, upstream):
    content = unique()
    ack = tab.ask_and_wait(LISTED, content=content)
    eventually(lambda: len(upstream.calls(content)) == 2, what="the call for a title")
    assert [call["model"] for call in upstream.calls(content)] == [LISTED, LISTED]
    assert ack["conversation"]["title"] == content


def test_an_unlisted_model_makes_no_title(tab, upstream):
    content = unique()
    tab.ask_and_wait("script?tokens=3", content=content)
    tab.ask_and_wait("script?tokens=3", content=unique())
    assert len(upstream.calls(content)) == 1


def test_titles_can_be_turned_off(new_server, new_client, upstream):
    tab = new_client(new_server(CHATAPP_TITLES="0")).tab()
    content = unique()
    tab.ask_and_wait(LISTED, content=content)
    tab.ask_and_wait("script?tokens=3", content=unique())
    assert len(upstream.calls(content)) == 1


def test_a_conversation_deleted_meanwhile_gets_no_title_and_logs_no_error(late_client, late_titles, upstream):
    client, content = late_client, unique()
    tab = client.tab()
    ack = tab.ask_and_wait("script?tokens=3", content=content)
    client.delete(f"/api/conversations/{ack['conversation']['id']}")
    eventually(lambda: [call for call in upstream.calls(content)[1:] if call["ended_at"]], what="the model's title")
    tab.ask_and_wait("script?tokens=3", client_message_id=new_id())
    assert not any(fact["conversation"]["title"] == TITLE for fact in tab.facts("conversation_changed"))
    assert late_titles.trouble() == []
