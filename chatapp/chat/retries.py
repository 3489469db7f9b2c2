"""Retried commands: the ack of each command that has a client's id is stored, and a retry returns it."""

import hashlib

import orjson
from sqlalchemy.orm import Session

from chatapp.chat.jobs import CommandResult
from chatapp.errors import Conflict
from chatapp.ids import now
from chatapp.protocol.payloads import ContinueGeneration, EditMessage, Regenerate, SendMessage
from chatapp.storage.tables import ClientRequest

Request = SendMessage | EditMessage | Regenerate | ContinueGeneration


def _digest(command: str, request: Request) -> str:
    payload = request.model_dump(exclude_unset=True)
    return hashlib.sha256(orjson.dumps([command, payload], option=orjson.OPT_SORT_KEYS)).hexdigest()


def known_result(session: Session, owner: str, command: str, request: Request) -> CommandResult | None:
    """Return the stored ack of a retried command. Raises Conflict if another command had the same id."""
    client_message_id = getattr(request, "client_message_id", None)
    if client_message_id is None:
        return None
    known = session.get(ClientRequest, (owner, client_message_id))
    if known is None:
        return None
    if known.digest != _digest(command, request):
        raise Conflict("client_message_id: was used for another message already")
    return CommandResult(known.ack, known.conversation_id)


def remember(session: Session, owner: str, command: str, request: Request, result: CommandResult) -> None:
    """Store the ack, for the command's retries."""
    client_message_id = getattr(request, "client_message_id", None)
    if client_message_id is not None:
        session.add(
            ClientRequest(
                owner=owner,
                client_message_id=client_message_id,
                digest=_digest(command, request),
                ack=result.ack,
                conversation_id=result.conversation_id,
                created_at=now(),
            )
        )
