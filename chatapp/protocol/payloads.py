"""The payloads that clients send, as typed models with their limits.

Models are strict and refuse unknown fields; `parse` raises errors that name the field.
"""

import uuid
from typing import Annotated, Any, Literal, TypeVar

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from chatapp.config import Settings
from chatapp.errors import Invalid, TooLarge


def _uuid(value: str) -> str:
    try:
        parsed = str(uuid.UUID(value))
    except ValueError:
        parsed = ""
    if len(value) != 36 or parsed != value.lower():
        raise PydanticCustomError("uuid", "takes a UUID, like 0198c0de-0000-7000-8000-000000000000")
    return parsed


def _text(value: str) -> str:
    if "\0" in value:
        raise PydanticCustomError("nul", "must not hold the character U+0000")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("half", "must not hold half a surrogate pair") from None
    return value


def _limited(value: str, info: ValidationInfo) -> str:
    limit = (info.context or {}).get("content_characters", 100_000)
    if len(value) > limit:
        raise PydanticCustomError("too_large", "takes at most {limit} characters", {"limit": limit})
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("empty", "must say something")
    return value


Id = Annotated[str, AfterValidator(_uuid)]
Utf8Text = Annotated[str, AfterValidator(_text)]
Text = Annotated[Utf8Text, AfterValidator(_limited)]
Content = Annotated[Text, AfterValidator(_not_blank)]
Model = Annotated[Utf8Text, Field(min_length=1, max_length=200)]
Title = Annotated[Utf8Text, Field(max_length=200)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Payload(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class Options(Payload):
    """Options of a model. `max_turns`: how many of the newest questions, each with what follows it, are sent."""

    temperature: Annotated[Number, Field(ge=0, le=2)] | None = None
    top_p: Annotated[Number, Field(ge=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    min_p: Annotated[Number, Field(ge=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    presence_penalty: Annotated[Number, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[Number, Field(ge=-2, le=2)] | None = None
    repetition_penalty: Annotated[Number, Field(ge=0, le=10)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    stop: Utf8Text | Annotated[list[Utf8Text], Field(max_length=16)] | None = None
    reasoning_effort: Annotated[Utf8Text, Field(max_length=32)] | None = None
    max_turns: Annotated[int, Field(ge=1, le=100_000)] | None = None


def _limited_options(value: Options, info: ValidationInfo) -> Options:
    limit = (info.context or {}).get("options_bytes", 4096)
    if len(orjson.dumps(value.model_dump(exclude_none=True))) > limit:
        raise PydanticCustomError("too_large", "takes at most {limit} bytes of JSON", {"limit": limit})
    return value


BoundedOptions = Annotated[Options, AfterValidator(_limited_options)]
PageSize = Annotated[int, Field(ge=1, le=500)]


class OpenConversation(Payload):
    conversation_id: Id
    leaf_id: Id | None = None
    limit: PageSize = 100


class LoadMessages(Payload):
    conversation_id: Id
    before: Id
    limit: PageSize = 100


class NewestPage(Payload):
    leaf_id: Id | None = None
    limit: PageSize = 100


class OlderPage(Payload):
    before: Id
    limit: PageSize = 100


class CloseConversation(Payload):
    conversation_id: Id


class SendMessage(Payload):
    conversation_id: Id | None
    client_message_id: Id
    content: Content
    parent_id: Id | None = None
    model: Model | None = None
    options: BoundedOptions | None = None
    system_prompt: Text | None = None
    attachments: Annotated[list[Any], Field(max_length=0)] = []
    queue: bool = False


class EditMessage(Payload):
    message_id: Id
    client_message_id: Id
    content: Content
    model: Model | None = None
    options: BoundedOptions | None = None


class Regenerate(Payload):
    message_id: Id
    client_message_id: Id | None = None
    model: Model | None = None
    options: BoundedOptions | None = None


class ContinueGeneration(Payload):
    message_id: Id


class StopGeneration(Payload):
    generation_id: Id


class ResumeGeneration(Payload):
    generation_id: Id
    after: Annotated[int, Field(ge=0, lt=2**53)]


class SelectBranch(Payload):
    conversation_id: Id
    message_id: Id


class CreateConversation(Payload):
    title: Title | None = None
    model: Model | None = None
    system_prompt: Text | None = None
    options: BoundedOptions | None = None


class ChangeConversation(Payload):
    """Only the fields that are sent change; null resets `model`, `system_prompt` and `options`."""

    title: Title = ""
    pinned: bool = False
    archived: bool = False
    model: Model | None = None
    system_prompt: Text | None = None
    options: BoundedOptions | None = None
    deleted: Literal[False] = False


class Search(Payload):
    q: Annotated[Utf8Text, AfterValidator(_not_blank)]
    cursor: Utf8Text | None = None
    archived: bool | None = None


class ChangeSettings(Payload):
    model: Model | None = None
    system_prompt: Text | None = None
    options: BoundedOptions | None = None


PresetName = Annotated[Utf8Text, Field(max_length=80), AfterValidator(_not_blank)]


class PresetId(Payload):
    id: Id


class PutPreset(ChangeSettings):
    """A complete preset: new, restored after its deletion, or replaced."""

    name: PresetName


class ChangePreset(ChangeSettings):
    """Only the fields that are sent change; null resets `model`, `system_prompt` and `options`."""

    name: PresetName = ""


class SignIn(Payload):
    password: Annotated[Utf8Text, Field(max_length=1000)] | None = None
    code: Annotated[Utf8Text, Field(max_length=100)] | None = None
    owner: Annotated[Utf8Text, Field(max_length=100)] | None = None
    merge: bool = False


AnyPayload = TypeVar("AnyPayload", bound=Payload)


def parse(model: type[AnyPayload], data: Any, settings: Settings) -> AnyPayload:
    """Return `data` as a payload. Raises Invalid, or TooLarge if only sizes are wrong; both name the fields."""
    if not isinstance(data, dict):
        raise Invalid("The payload must be one JSON object.")
    limits = {"content_characters": settings.content_characters, "options_bytes": settings.options_bytes}
    try:
        return model.model_validate(data, context=limits)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
    except RecursionError:
        raise Invalid("The payload is nested too deeply.") from None
    message = "; ".join(_describe(problem) for problem in problems[:5])
    kind = TooLarge if all(problem["type"] == "too_large" for problem in problems) else Invalid
    raise kind(message)


def _describe(problem: Any) -> str:
    field = ".".join(_printable(part) for part in problem["loc"]) or "payload"
    text = {
        "extra_forbidden": "is not known",
        "missing": "is missing",
    }.get(problem["type"], problem["msg"])
    return f"{field}: {text}"


def _printable(part: Any) -> str:
    text = str(part).encode("utf-8", "replace").decode()
    return text if len(text) <= 60 else f"{text[:60]}…"
