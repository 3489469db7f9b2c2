"""Very long conversations: asking in them, opening and deleting them delays no other request."""

import json
import sqlite3
from contextlib import closing, contextmanager

import pytest

from bench.prober import Prober
from support.client import Client
from support.tab import unique
from support.waiting import eventually

MESSAGES = 20_000
#: The longest silence of the server, in seconds: generous, since its threads and the disk are shared.
SOON = 3.0
MIB = 1024 * 1024


def export(messages, size):
    """Return an export with one conversation of `messages` messages of `size` characters."""
    turns = [
        {
            "id": f"{number}",
            "parent_id": f"{number - 1}" if number else None,
            "role": "assistant" if number % 2 else "user",
            "content": f"{number} ".ljust(size, "."),
            "created_at": 1.0,
        }
        for number in range(messages)
    ]
    own = unique()  # The same conversation would be imported once.
    head = {"id": own, "title": "Long", "created_at": 1.0, "updated_at": 1.0, "active_leaf_id": f"{messages - 1}"}
    return {"format": "chatapp", "version": 1, "conversations": [{**head, "messages": turns}]}


def import_long(client, messages, size=200):
    """Import a conversation of that size; return its id."""
    reply = client.post("/api/conversations/import", export(messages, size))
    assert reply.status == 201, reply.body
    return reply.json["conversations"][0]["id"]


@contextmanager
def silence(server):
    """Yield a list, which has what a prober saw at the end of the block."""
    with Prober(server.port, *server.worker_pids()) as prober, prober.looking() as seen:
        yield seen


@pytest.fixture(scope="module")
def no_grace_server(module_server):
    """A server that removes deleted conversations at once."""
    return module_server(CHATAPP_GRACE_SECONDS="0", CHATAPP_TITLES="0")


@pytest.fixture
def no_grace_client(no_grace_server, new_client):
    return new_client(no_grace_server)


@pytest.fixture(scope="module")
def reader(no_grace_server):
    """A client with one conversation of 20,000 messages, which three tests share."""
    client = Client(no_grace_server.port)
    client.sign_in()
    yield client
    client.close()


@pytest.fixture(scope="module")
def long(reader):
    """That conversation's id, and the id of its newest message; a test asks under this one."""
    conversation_id = import_long(reader, MESSAGES)
    (newest,) = reader.get(f"/api/conversations/{conversation_id}?limit=1").json["messages"]
    return conversation_id, newest["id"]


def test_a_question_in_a_long_conversation_delays_no_other_request(no_grace_server, reader, long, upstream):
    (conversation_id, newest), question = long, unique()
    tab, other = reader.tab(), reader.tab()
    running = other.ask("script?tokens=1000&rate=50")
    with silence(no_grace_server) as seen:
        ack = tab.ask("script?tokens=3", conversation_id, content=question, parent_id=newest)
        tab.wait_ended(ack["generation_id"])
    assert seen[0].healthz.longest < SOON
    sent = upstream.call(question)["messages"]
    assert [message["content"] for message in sent][-1] == question
    numbers = [int(message["content"].split()[0]) for message in sent[:-1]]
    assert numbers == list(range(numbers[0], MESSAGES))
    assert len(numbers) == 4998, "as many as fit, beginning with a question"
    other.ok("stop_generation", generation_id=running["generation_id"])


def test_only_messages_that_are_sent_are_read(no_grace_server, reader, long, upstream):
    (conversation_id, newest), question = long, unique()
    tab = reader.tab()
    with silence(no_grace_server) as seen:
        ack = tab.ask("script?tokens=3", conversation_id, content=question, parent_id=newest, options={"max_turns": 2})
        tab.wait_ended(ack["generation_id"])
    assert seen[0].healthz.longest < SOON
    assert len(upstream.call(question)["messages"]) == 3


def test_selecting_a_branch_of_a_long_conversation_delays_no_other_request(no_grace_server, reader, long):
    conversation_id, _ = long
    tab = reader.tab()
    newest = tab.ok("open_conversation", conversation_id=conversation_id, limit=1)
    with closing(sqlite3.connect(no_grace_server.folder / "chatapp.db")) as connection:
        query = "SELECT id FROM messages WHERE conversation_id = ? AND parent_id IS NULL"
        (root,) = connection.execute(query, (conversation_id,)).fetchone()
    with silence(no_grace_server) as seen:
        selected = tab.ok("select_branch", conversation_id=conversation_id, message_id=root)
    assert seen[0].healthz.longest < SOON
    assert selected["conversation"]["active_leaf_id"] == newest["messages"][0]["id"]


def test_removing_long_conversations_delays_no_other_request(no_grace_server, no_grace_client):
    for conversation_id in [import_long(no_grace_client, MESSAGES // 2) for _ in range(2)]:
        with silence(no_grace_server) as seen:
            assert no_grace_client.delete(f"/api/conversations/{conversation_id}").status == 204
            eventually(lambda one=conversation_id: not is_stored(no_grace_server, one), what="the purge")
        assert seen[0].healthz.longest < SOON


def is_stored(server, conversation_id):
    """Tell whether a conversation is in the database."""
    with closing(sqlite3.connect(server.folder / "chatapp.db")) as connection:
        query = "SELECT count(*) FROM conversations WHERE id = ?"
        return connection.execute(query, (conversation_id,)).fetchone()[0]


def test_pages_of_long_messages_are_bounded_and_lead_to_the_first_message(no_grace_client):
    conversation_id = import_long(no_grace_client, 40, size=100_000)
    found, path = [], f"/api/conversations/{conversation_id}?limit=500"
    reply = no_grace_client.get(path)
    while True:
        assert len(reply.body) < 1.2 * MIB
        page = json.loads(reply.body)
        found[:0] = [message["content"].split()[0] for message in page["messages"]]
        if page["before"] is None:
            break
        reply = no_grace_client.get(f"{path}&before={page['before']}")
    assert found == [f"{number}" for number in range(40)]
