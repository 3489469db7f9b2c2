"""Exports and imports over HTTP."""

from support.paths import DATA
from support.shapes import check_conversation

IMPORT = "/api/conversations/import"
SAMPLE = DATA / "chatgpt_conversations.json"


def export_json(client, conversation_id=None):
    reply = client.get(f"/api/conversations/{conversation_id + '/' if conversation_id else ''}export?format=json")
    assert reply.status == 200, reply.body
    return reply.json


def import_json(client, value):
    reply = client.post(IMPORT, value)
    assert reply.status == 201, reply.body
    assert set(reply.json) == {"conversations"}
    return [check_conversation(conversation) for conversation in reply.json["conversations"]]
