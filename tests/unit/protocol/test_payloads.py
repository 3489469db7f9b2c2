"""Payloads are validated field by field; errors name the field and never repeat its value."""

import pytest

from chatapp.config import Settings
from chatapp.errors import Invalid, TooLarge
from chatapp.protocol import payloads

SETTINGS = Settings(_env_file=None)
ID = "0198c0de-0000-7000-8000-000000000000"
SEND = {"conversation_id": None, "client_message_id": ID, "content": "안녕"}


def parse(model, data):
    return payloads.parse(model, data, SETTINGS)


def test_an_absent_parent_differs_from_a_null_parent():
    assert "parent_id" not in parse(payloads.SendMessage, SEND).model_fields_set
    assert "parent_id" in parse(payloads.SendMessage, {**SEND, "parent_id": None}).model_fields_set


def test_an_id_is_the_same_in_upper_and_lower_case():
    assert parse(payloads.SendMessage, {**SEND, "client_message_id": ID.upper()}).client_message_id == ID


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"content": 7}, "content"),
        ({"content": "  \n"}, "content"),
        ({"content": "a\0b"}, "content"),
        ({"content": "half \ud83d"}, "content"),
        ({"client_message_id": "7"}, "client_message_id"),
        ({"client_message_id": "{" + ID[1:-1] + "}"}, "client_message_id"),
        ({"conversation_id": []}, "conversation_id"),
        ({"attachments": [1]}, "attachments"),
        ({"options": {"temperature": float("nan")}}, "options.temperature"),
        ({"options": {"temperature": True}}, "options.temperature"),
        ({"options": {"messages": []}}, "options.messages"),
        ({"options": {"seed": 10**30}}, "options.seed"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_the_error_names_the_wrong_field(change, field):
    with pytest.raises(Invalid, match=f"^{field}: ") as caught:
        parse(payloads.SendMessage, {**SEND, **change})
    assert caught.value.message.encode()


def test_every_missing_field_is_named():
    with pytest.raises(Invalid) as caught:
        parse(payloads.SendMessage, {})
    assert all(f"{field}: is missing" in caught.value.message for field in SEND)


@pytest.mark.parametrize("data", [None, [], "x", 7, [SEND]])
def test_a_payload_is_one_object(data):
    with pytest.raises(Invalid, match="object"):
        parse(payloads.SendMessage, data)


def test_a_size_over_its_limit_is_too_large():
    limit = SETTINGS.content_characters
    assert len(parse(payloads.SendMessage, {**SEND, "content": "가" * limit}).content) == limit
    with pytest.raises(TooLarge, match="content: takes at most"):
        parse(payloads.SendMessage, {**SEND, "content": "가" * (limit + 1)})
    with pytest.raises(TooLarge, match="options: takes at most"):
        parse(payloads.SendMessage, {**SEND, "options": {"stop": ["x" * 5000]}})


def test_an_error_does_not_repeat_a_secret():
    with pytest.raises(Invalid) as caught:
        parse(payloads.SignIn, {"password": 12345678901234567890, "code": "x" * 101})
    assert "1234567890" not in caught.value.message
    assert "xxx" not in caught.value.message


def test_null_resets_a_setting_but_not_the_title_or_a_flag():
    assert parse(payloads.ChangeConversation, {"model": None}).model_dump(exclude_unset=True) == {"model": None}
    for field in ("title", "pinned", "archived", "deleted"):
        with pytest.raises(Invalid, match=f"^{field}: "):
            parse(payloads.ChangeConversation, {field: None})
    with pytest.raises(Invalid, match=r"^deleted: "):
        parse(payloads.ChangeConversation, {"deleted": True})
