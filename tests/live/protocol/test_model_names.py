"""Models that a server calls by the path of a file: people see names, the server gets its own ids."""

import json

import pytest

from support.odd_upstream import OddUpstream
from support.tab import new_id

FOLDER = "/srv/secret-customer/images"
PATH = f"{FOLDER}/SmolLM2-135M-Instruct.Q4_1.gguf"
NAME = "SmolLM2-135M-Instruct.Q4_1"


def answer(exchange):
    """Answer as llama.cpp does, which names its file in each chunk."""
    exchange.begin()
    exchange.event({"model": PATH, "choices": [{"delta": {"content": "hello"}}]})
    exchange.event({"model": PATH, "choices": [{"delta": {}, "finish_reason": "stop"}]})
    exchange.event(b"[DONE]")
    exchange.end()


@pytest.fixture
def llama():
    upstream = OddUpstream({PATH: answer, NAME: answer})
    upstream.models = {"object": "list", "data": [{"id": PATH, "owned_by": "llamacpp"}]}
    yield upstream
    upstream.close()


@pytest.mark.parametrize("default", ["", PATH])
def test_a_file_is_offered_and_answers_by_its_name(llama, new_server, new_client, default):
    client = new_client(new_server(base_url=llama.url, CHATAPP_MODEL=default))
    listed = client.get("/api/models").json
    assert listed == {"models": [{"id": NAME, "name": NAME, "provider": "openai"}], "default": NAME} | {
        key: value for key, value in listed.items() if key not in {"models", "default"}
    }
    tab = client.tab()
    for fields in ({}, {"model": NAME}):
        ack = tab.ok("send_message", conversation_id=None, client_message_id=new_id(), content="hello", **fields)
        ended = tab.wait_ended(ack["generation_id"])
        message = ended["message"]
        assert (message["status"], message["content"], message["model"]) == ("complete", "hello", NAME)
        assert message.get("answered_by") is None
        assert FOLDER not in json.dumps([ack, ended])
    # A client that knows the path from an earlier version may go on with it.
    ack = tab.ok("send_message", conversation_id=None, client_message_id=new_id(), content="hello", model=PATH)
    assert tab.wait_ended(ack["generation_id"])["message"]["status"] == "complete"
    assert set(llama.models_asked) == {PATH}, "questions and titles name the model by the server's own id"
