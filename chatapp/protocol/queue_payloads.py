"""The payloads of the commands on queued questions."""

from typing import Annotated

from pydantic import Field

from chatapp.protocol.payloads import BoundedOptions, Content, Id, Model, Payload


class EditQueued(Payload):
    """A new text; `revision`: of the one that it replaces. Without `model` and `options` these stay."""

    queued_id: Id
    revision: Annotated[int, Field(ge=1, lt=2**53)]
    content: Content
    model: Model | None = None
    options: BoundedOptions | None = None


class MoveQueued(Payload):
    """`before`: the queued question that follows it then; null: none."""

    queued_id: Id
    before: Id | None


class TakeBackQueued(Payload):
    queued_id: Id


class SendQueued(Payload):
    queued_id: Id
