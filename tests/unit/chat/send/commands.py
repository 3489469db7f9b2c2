"""Requests that ask for an answer, and the parts of their results."""

from sqlalchemy import func, select

from chatapp.ids import new_id
from chatapp.protocol.payloads import (
    ContinueGeneration,
    EditMessage,
    Regenerate,
)
from chatapp.storage.database import db
from chatapp.storage.tables import ClientRequest, Conversation, Generation, Message
from support.core import OWNER, question

TABLES = (Conversation, Message, Generation, ClientRequest)


def edit(message_id, content="Edited", **fields):
    return EditMessage(**{"message_id": message_id, "client_message_id": new_id(), "content": content, **fields})


def regenerate(message_id, **fields):
    return Regenerate(message_id=message_id, **fields)


def continue_(message_id):
    return ContinueGeneration(message_id=message_id)


def prompt_of(result):
    """Return the messages of the prompt, as `[(role, content)]`."""
    return [(part["role"], part["content"]) for part in result.effects.job.prompt.messages]


def counts():
    with db.read() as session:
        return [session.scalars(select(func.count()).select_from(table)).one() for table in TABLES]


def events(result):
    return [(fact.event, fact.payload["revision"]) for fact in result.effects.facts]


def added(result):
    return [fact.payload["message"] for fact in result.effects.facts if fact.event == "message_added"]


def commands(core, exchange):
    """Return each command that has a client's id, as a function of that id."""
    conversation_id, question_id, answer_id = exchange
    return {
        "send": lambda used, **other: core.sender.send(
            OWNER, question(**{"conversation_id": conversation_id, "client_message_id": used, **other})
        ),
        "edit": lambda used, **other: core.sender.edit(OWNER, edit(question_id, client_message_id=used, **other)),
        "regenerate": lambda used, **other: core.sender.regenerate(
            OWNER, regenerate(answer_id, client_message_id=used, **other)
        ),
    }
