"""Invalid payloads: the error `invalid` names the field; the socket and the log stay unaffected."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.shapes import CODES, check_error
from support.tab import new_id

UUID = "0198c5a2-7d3e-7c1a-9a51-3d1f0a5b2c77"
COMMANDS = {
    "open_conversation": {"conversation_id": UUID, "leaf_id": UUID, "limit": 100},
    "load_messages": {"conversation_id": UUID, "before": UUID, "limit": 100},
    "close_conversation": {"conversation_id": UUID},
    "send_message": {
        "conversation_id": None,
        "client_message_id": UUID,
        "content": "hello",
        "parent_id": None,
        "model": "script",
        "options": {},
        "system_prompt": "be brief",
        "attachments": [],
    },
    "edit_message": {
        "message_id": UUID,
        "client_message_id": UUID,
        "content": "hello",
        "model": "script",
        "options": {},
    },
    "regenerate": {"message_id": UUID, "client_message_id": UUID, "model": "script", "options": {}},
    "continue_generation": {"message_id": UUID},
    "stop_generation": {"generation_id": UUID},
    "resume_generation": {"generation_id": UUID, "after": 0},
    "edit_queued": {"queued_id": UUID, "revision": 1, "content": "a question", "model": "script", "options": {}},
    "move_queued": {"queued_id": UUID, "before": UUID},
    "take_back_queued": {"queued_id": UUID},
    "send_queued": {"queued_id": UUID},
    "select_branch": {"conversation_id": UUID, "message_id": UUID},
}
OPTIONAL = {"leaf_id", "limit", "parent_id", "model", "options", "system_prompt", "attachments"}
REQUIRED = [
    (command, field)
    for command, payload in COMMANDS.items()
    for field in payload
    if field not in OPTIONAL and (command, field) != ("regenerate", "client_message_id")
]
FIELDS = [(command, field) for command, payload in COMMANDS.items() for field in payload]
IDS = [(command, field) for command, field in FIELDS if field.endswith("_id")]
TEXTS = [(command, field) for command, field in FIELDS if field in ("content", "model", "system_prompt")]


def deep(levels: int) -> object:
    value: object = 0
    for _ in range(levels):
        value = [value]
    return value


@pytest.fixture(scope="module")
def bad(module_client, server):
    """A tab for bad payloads, which must stay connected and cause no warning or error in the log."""
    tab, before = module_client.tab(), server.trouble()
    yield tab
    tab.check_alive()
    assert server.trouble() == before


def refuse(tab, command, field, value):
    """Expect `invalid` that names the field."""
    error = check_error(tab.error(command, {**COMMANDS[command], field: value}), code="invalid")
    assert field in error["message"], error


@pytest.mark.parametrize(("command", "field"), REQUIRED)
def test_a_missing_field_is_named(bad, command, field):
    payload = {key: value for key, value in COMMANDS[command].items() if key != field}
    error = check_error(bad.error(command, payload), code="invalid")
    assert field in error["message"], error


@pytest.mark.parametrize(("command", "field"), FIELDS)
def test_a_value_of_the_wrong_type_is_named(bad, command, field):
    for value in (True, 1.5, [], [1], {"a": 1}, deep(50)):
        if not (field == "attachments" and value == []) and not (field == "options" and value == {"a": 1}):
            refuse(bad, command, field, value)


@pytest.mark.parametrize(("command", "field"), REQUIRED)
def test_null_in_a_required_field_is_named(bad, command, field):
    if (command, field) not in {("send_message", "conversation_id"), ("move_queued", "before")}:
        refuse(bad, command, field, None)


@pytest.mark.parametrize(("command", "field"), IDS)
def test_an_invalid_id_is_named(bad, command, field):
    for value in (
        "",
        "x",
        UUID + "0",
        UUID[:-1],
        f" {UUID}",
        f"{UUID}\n",
        "\0",
        "../" * 12,
        "가" * 36,
        "\ud800",
    ):
        refuse(bad, command, field, value)


@pytest.mark.parametrize(("command", "field"), TEXTS)
def test_half_a_surrogate_pair_or_a_nul_is_named(bad, command, field):
    for value in ("a\ud800b", "\udc00", "\ude00\ud83d", "nul \0 here"):
        refuse(bad, command, field, value)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_field_is_named(bad, command):
    error = bad.error(command, {**COMMANDS[command], "surprise": 1})
    assert "surprise" in check_error(error, code="invalid")["message"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "arguments",
    [[], [None], [[]], [[1, 2]], ["text"], [7], [True], [{}], [{}, {}], [{"a": 1}, None], [deep(80)]],
    ids=["none", "null", "array", "numbers", "text", "number", "true", "empty", "two", "extra", "deep"],
)
def test_anything_but_one_object_is_invalid(bad, command, arguments):
    check_error(bad.error(command, *arguments), code="invalid")


def test_two_payloads_are_invalid_even_if_the_first_is_valid(bad):
    right = {"generation_id": UUID}
    check_error(bad.error("stop_generation", right, right), code="invalid")


@pytest.mark.parametrize(
    "name",
    ["sendMessage", "delete_everything", "", "message", "json", "connect_error", "*", "__class__", "한글"],
)
def test_an_unknown_command_is_invalid(bad, name):
    for arguments in ([], [{}], [{"conversation_id": UUID}], [1, 2]):
        check_error(bad.error(name, *arguments), code="invalid")


@pytest.mark.parametrize("content", ["", " ", "\n\t "])
def test_empty_content_is_invalid(bad, content):
    refuse(bad, "send_message", "content", content)


def test_content_has_a_limit_of_100_000_characters(bad):
    model = "script?tokens=1"
    fields = {"conversation_id": None, "model": model}
    ack = bad.ok("send_message", client_message_id=new_id(), content="가" * 100_000, **fields)
    bad.wait_ended(ack["generation_id"])
    for content in ("가" * 100_001, "a" * 500_000):
        error = bad.error("send_message", {"client_message_id": new_id(), "content": content, **fields})
        assert "content" in check_error(error, code="too_large")["message"]


@pytest.mark.parametrize("options", [{"stop": "x" * 4097}, {str(n): n for n in range(2000)}])
def test_options_have_a_limit_of_4_kib(bad, options):
    error = bad.error("send_message", {**COMMANDS["send_message"], "client_message_id": new_id(), "options": options})
    assert error["code"] in ("too_large", "invalid")
    assert "options" in error["message"]


@pytest.mark.parametrize("options", [{"temperature": float("nan")}, {"top_p": float("inf")}])
def test_nan_and_infinity_are_invalid(bad, options):
    refuse(bad, "send_message", "options", options)


@pytest.mark.parametrize("options", [{"messages": []}, {"stream": False}, {"model": "other"}, {"api_key": "x"}])
def test_options_cannot_take_over_what_the_server_sends(bad, options):
    error = bad.error("send_message", {**COMMANDS["send_message"], "client_message_id": new_id(), "options": options})
    check_error(error, code="invalid")


def test_attachments_are_reserved(bad):
    for value in ([{}], [1], "x", {"a": []}):
        refuse(bad, "send_message", "attachments", value)


def test_a_frame_over_the_limit_harms_nobody_else(module_client, bad):
    """It is answered or the connection is closed, as usual for WebSockets."""
    tab = module_client.tab()
    number = None
    with contextlib.suppress(ConnectionError):  # It may be closed before all of the frame is written.
        number = tab.send("send_message", {**COMMANDS["send_message"], "content": "x" * (1024 * 1024 + 10)})
    tab.wait_for(lambda tab: tab.closed or (number is not None and tab.has_ack(number)), what="a close or an ack")
    if not tab.closed:
        check_error(tab.wait_ack(number), code="too_large")
    bad.check_alive()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\ud800") | st.just(UUID),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(command=st.sampled_from(sorted(COMMANDS)), data=st.data())
def test_every_payload_is_acknowledged(bad, command, data):
    """Random payloads: with right, wrong and unknown fields."""
    right = COMMANDS[command]
    payload = {field: data.draw(st.just(value) | JSON) for field, value in right.items() if data.draw(st.booleans())}
    payload.pop("content", None)
    ack = bad.command(command, payload | data.draw(st.dictionaries(st.text(max_size=5), JSON, max_size=2)))
    assert ack["ok"] is False
    assert ack["error"]["code"] in CODES - {"internal"}, (payload, ack)
    json.dumps(ack, allow_nan=False)
