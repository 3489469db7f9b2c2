"""The shapes of the protocol's objects: exact keys, types and formats."""

import re
from itertools import pairwise
from typing import Any


def words(names: str) -> set[str]:
    """Return the words of a line as a set."""
    return set(names.split())


UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|\+00:00)")
MESSAGE = words(
    "id conversation_id parent_id sibling_ids role content reasoning status model generation_id"
    " client_message_id attachments usage timings cached finish_reason error created_at"
)
#: Fields that a message has only where there is something to be told.
REMARKS = words("answered_by notices")
CONVERSATION = words(
    "id title active_leaf_id pinned archived model system_prompt options revision running created_at updated_at"
)
QUEUED = words("id parent_id client_message_id content model revision created_at")
RUNNING = words("generation_id message_id model started_at seq entries")
KINDS = {"text", "reasoning", "text_was_reasoning"}
STATUSES = {"complete", "running", "stopped", "failed", "interrupted"}
CODES = words("unauthenticated forbidden not_found invalid conflict rate_limited too_large busy unavailable internal")
MESSAGE_ERRORS = words(
    "provider_auth provider_forbidden quota_exceeded model_not_found rate_limited context_too_long content_refused"
    " empty_answer provider_unavailable provider_timeout provider_error too_large worker_lost internal"
)
FACTS = {
    "message_added": {"conversation_id", "revision", "message"},
    "generation_started": {
        "conversation_id",
        "revision",
        "generation_id",
        "message_id",
        "model",
        "cached",
    },
    "generation_ended": {"conversation_id", "revision", "generation_id", "seq", "status", "message"},
    "queue_changed": {"conversation_id", "queue"},
    "conversation_added": {"conversation"},
    "conversation_changed": {"conversation"},
    "conversation_removed": {"conversation_id"},
}
REVISED = {"message_added", "generation_started", "generation_ended"}


def is_id(value: Any) -> bool:
    """Tell whether this is an id made by the server."""
    return isinstance(value, str) and UUID7.fullmatch(value) is not None


def check_time(value: Any) -> None:
    assert isinstance(value, str), value
    assert TIME.fullmatch(value), value


def check_message(message: dict[str, Any]) -> dict[str, Any]:
    """Fail unless this is a Message; return it."""
    expected = MESSAGE | {"cached_at"} if message["cached"] else MESSAGE
    assert set(message) - REMARKS == expected, set(message) ^ expected
    for notice in message.get("notices", []):
        assert set(notice) == {"text", "values"}, notice
        assert isinstance(notice["text"], str)
    assert is_id(message["id"])
    assert is_id(message["conversation_id"])
    assert message["parent_id"] is None or is_id(message["parent_id"])
    assert message["id"] in message["sibling_ids"]
    assert all(is_id(sibling) for sibling in message["sibling_ids"])
    assert message["role"] in ("user", "assistant")
    assert isinstance(message["content"], str)
    assert message["reasoning"] is None or isinstance(message["reasoning"], str)
    assert message["status"] in STATUSES
    assert message["attachments"] == []
    assert isinstance(message["cached"], bool)
    check_time(message["created_at"])
    check_time(message.get("cached_at", message["created_at"]))
    check_usage(message["usage"])
    check_timings(message["timings"])
    check_message_error(message["error"])
    if message["role"] == "user":
        assert message["status"] == "complete"
        assert message["client_message_id"]
        assert message["generation_id"] is None
    else:
        assert message["client_message_id"] is None
        assert is_id(message["generation_id"])
        assert isinstance(message["model"], str)
    return message


def check_usage(usage: Any) -> None:
    if usage is not None:
        assert set(usage) == {"prompt_tokens", "completion_tokens", "total_tokens"}
        assert all(type(count) is int for count in usage.values())


def check_timings(timings: Any) -> None:
    if timings is not None:
        assert set(timings) - {"first_text_ms"} == {"queued_ms", "first_token_ms", "total_ms"}
        assert all(value is None or isinstance(value, int | float) for value in timings.values())


def check_message_error(error: Any) -> None:
    if error is not None:
        assert set(error) - {"retry_after", "detail", "reference"} == {"code", "message"}, error
        assert "detail" not in error or set(error["detail"]) - {"said"} == {"text", "values"}, error
        assert error["code"] in MESSAGE_ERRORS
        assert error["message"]


def check_conversation(conversation: dict[str, Any]) -> dict[str, Any]:
    """Fail unless this is a Conversation; return it."""
    assert set(conversation) == CONVERSATION, set(conversation) ^ CONVERSATION
    assert is_id(conversation["id"])
    assert conversation["title"] is None or isinstance(conversation["title"], str)
    assert conversation["active_leaf_id"] is None or is_id(conversation["active_leaf_id"])
    assert isinstance(conversation["pinned"], bool)
    assert isinstance(conversation["archived"], bool)
    assert type(conversation["revision"]) is int
    assert all(is_id(generation) for generation in conversation["running"])
    check_time(conversation["created_at"])
    check_time(conversation["updated_at"])
    return conversation


def check_queued(queued: dict[str, Any]) -> dict[str, Any]:
    """Fail unless this is a Queued; return it."""
    assert set(queued) - {"options"} == QUEUED, set(queued) ^ QUEUED
    assert is_id(queued["id"])
    assert is_id(queued["parent_id"])
    assert queued["content"]
    assert queued["model"] is None or isinstance(queued["model"], str)
    assert type(queued["revision"]) is int
    check_time(queued["created_at"])
    return queued


def check_running(running: dict[str, Any]) -> dict[str, Any]:
    """Fail unless this is a Running whose entries end at its seq; return it."""
    assert set(running) == RUNNING, set(running) ^ RUNNING
    assert is_id(running["generation_id"])
    assert is_id(running["message_id"])
    assert isinstance(running["model"], str)
    check_time(running["started_at"])
    check_entries(running["entries"])
    assert running["seq"] == (running["entries"][-1]["seq"] if running["entries"] else 0)
    return running


def check_entries(entries: list[dict[str, Any]]) -> None:
    """Fail unless these are merged entries in order."""
    assert all(set(entry) == {"kind", "text", "seq"} for entry in entries), entries
    assert all(entry["kind"] in KINDS for entry in entries)
    assert all((entry["text"] == "") == (entry["kind"] == "text_was_reasoning") for entry in entries)
    assert all(one["seq"] < two["seq"] for one, two in pairwise(entries))
    assert all(one["kind"] != two["kind"] for one, two in pairwise(entries))


def check_fact(name: str, payload: dict[str, Any]) -> None:
    """Fail unless this is a fact of the page with exactly its fields."""
    if name == "token":
        assert set(payload) in ({"id", "seq", "text"}, {"id", "seq", "text", "kind"}), payload
        assert payload.get("kind", "reasoning") in KINDS - {"text"}
        assert (payload["text"] == "") == (payload.get("kind") == "text_was_reasoning")
        return
    assert name in FACTS, f"a fact that the page does not know: {name}"
    fields = FACTS[name] | ({"question"} if name == "queue_changed" and "question" in payload else set())
    assert set(payload) == fields, (name, set(payload) ^ fields)
    if "message" in payload:
        check_message(payload["message"])
    if "conversation" in payload:
        check_conversation(payload["conversation"])
    if "queue" in payload:
        assert set(payload["queue"]) == {"revision", "questions"}, payload
        assert all(set(one) == {"id", "parent_id", "revision"} for one in payload["queue"]["questions"]), payload
    if "question" in payload:
        check_queued(payload["question"])


def check_error(error: dict[str, Any], *, code: str) -> dict[str, Any]:
    """Fail unless this is an ack's error of this code, with words for a person; return it."""
    assert set(error) - {"retry_after", "scope", "reason", "detail"} == {"code", "message"}, error
    if "reason" in error:
        assert (error["code"], set(error["detail"])) == ("invalid", {"text", "values"}), error
        assert error["reason"] in {"model_not_found", "not_allowed"}, error
    assert error.get("scope", "all") in {"session", "address", "model", "all"}, error
    assert error["code"] in CODES
    assert error["code"] == code, error
    assert isinstance(error["message"], str)
    assert error["message"]
    return error


def check_problem(reply: Any, status: int, code: str) -> dict[str, Any]:
    """Fail unless this HTTP reply is problem+json with this status and code; return its body."""
    assert reply.status == status, (reply.status, reply.body)
    assert reply.headers["Content-Type"].split(";")[0] == "application/problem+json", reply.headers.items()
    problem = reply.json
    assert set(problem) - {"retry_after", "reason", "scope"} == {"type", "title", "status", "detail", "code"}, problem
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"]
    return problem
