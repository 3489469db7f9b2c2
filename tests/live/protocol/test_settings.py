"""Presets, defaults of new conversations, and the theme, over HTTP."""

import pytest

from support.client import Client
from support.shapes import check_problem
from support.tab import new_id

FAST = "script?tokens=2"
NOTHING = {"model": None, "system_prompt": None, "options": None}


def presets(client: Client) -> list[dict]:
    return client.get("/api/settings/presets").json["presets"]


def put(client: Client, preset_id: str, **fields) -> dict:
    reply = client.put(f"/api/settings/presets/{preset_id}", {"name": "calm", **fields})
    assert reply.status in {200, 201}, reply.body
    return reply.json["preset"]


def test_a_preset_is_stored_and_listed(client):
    preset_id = new_id()
    fields = {"name": "번역가", "model": FAST, "system_prompt": "옮겨라", "options": {"temperature": 0, "seed": None}}
    reply = client.put(f"/api/settings/presets/{preset_id}", fields)
    assert reply.status == 201
    expected = {**fields, "id": preset_id, "options": {"temperature": 0}}
    assert reply.json == {"preset": expected}
    assert presets(client) == [expected]
    assert client.put(f"/api/settings/presets/{preset_id}", {"name": "other"}).status == 200
    assert presets(client) == [{"id": preset_id, "name": "other", **NOTHING}]


def test_only_the_fields_that_are_sent_change(client):
    preset_id = new_id()
    before = put(client, preset_id, system_prompt="a", options={"seed": 7})
    reply = client.patch(f"/api/settings/presets/{preset_id}", {"name": "new"})
    assert reply.json["preset"] == {**before, "name": "new"}
    reply = client.patch(f"/api/settings/presets/{preset_id}", {"options": None})
    assert reply.json["preset"] == {**before, "name": "new", "options": None}


def test_presets_saved_by_two_tabs_do_not_overwrite_each_other(client):
    one, other = new_id(), new_id()
    put(client, one, name="one")
    put(client, other, name="other")
    assert client.delete(f"/api/settings/presets/{one}").status == 204
    assert [preset["id"] for preset in presets(client)] == [other]


def test_changing_a_deleted_preset_does_not_restore_it(client):
    preset_id = new_id()
    before = put(client, preset_id)
    client.delete(f"/api/settings/presets/{preset_id}")
    check_problem(client.patch(f"/api/settings/presets/{preset_id}", {"name": "x"}), 404, "not_found")
    check_problem(client.delete(f"/api/settings/presets/{preset_id}"), 404, "not_found")
    assert put(client, preset_id, **{name: before[name] for name in ("name", *NOTHING)}) == before


def test_another_owners_presets_can_be_neither_seen_nor_changed(client, new_client):
    preset_id = new_id()
    mine = put(client, preset_id, name="mine")
    stranger = new_client()
    assert presets(stranger) == []
    check_problem(stranger.patch(f"/api/settings/presets/{preset_id}", {"name": "x"}), 404, "not_found")
    check_problem(stranger.delete(f"/api/settings/presets/{preset_id}"), 404, "not_found")
    put(stranger, preset_id, name="theirs")
    assert presets(client) == [mine]


def test_presets_need_a_session(new_client):
    nobody = new_client(signed_in=False)
    check_problem(nobody.get("/api/settings/presets"), 401, "unauthenticated")
    check_problem(nobody.put(f"/api/settings/presets/{new_id()}", {"name": "x"}), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "x", "options": {"surprise": 1}}, "options.surprise"),
        ({"name": "x", "surprise": 1}, "surprise"),
    ],
)
def test_the_error_names_the_wrong_field(client, fields, named):
    problem = check_problem(client.put(f"/api/settings/presets/{new_id()}", fields), 400, "invalid")
    assert named in problem["detail"]


def test_an_id_is_a_uuid(client):
    problem = check_problem(client.put("/api/settings/presets/x", {"name": "x"}), 400, "invalid")
    assert "id" in problem["detail"]


def test_the_total_size_of_an_owners_presets_is_bounded(client):
    kept = [new_id() for _ in range(10)]
    for preset_id in kept:
        put(client, preset_id, system_prompt="x" * 100_000)
    reply = client.put(f"/api/settings/presets/{new_id()}", {"name": "x", "system_prompt": "x" * 100_000})
    check_problem(reply, 413, "too_large")
    check_problem(client.patch(f"/api/settings/presets/{kept[0]}", {"system_prompt": "한" * 100_000}), 413, "too_large")
    assert [preset["system_prompt"] for preset in presets(client)] == ["x" * 100_000] * 10


def test_a_new_conversation_has_the_defaults_unless_settings_are_sent(client, upstream):
    client.put("/api/settings", {"model": FAST, "system_prompt": "be kind", "options": {"temperature": 0.5}})
    tab = client.tab()
    ack = tab.ask_and_wait(FAST)
    tab.wait_ended(ack["generation_id"])
    assert ack["conversation"]["system_prompt"] == "be kind"
    assert ack["conversation"]["options"] == {"temperature": 0.5}
    assert upstream.call(ack["message"]["content"])["options"]["temperature"] == 0.5


def test_empty_settings_of_a_new_conversation_override_the_defaults(client):
    client.put("/api/settings", {"model": FAST, "system_prompt": "be kind", "options": {"temperature": 0.5}})
    conversation = client.tab().ask_and_wait(FAST, system_prompt="", options={})["conversation"]
    assert (conversation["system_prompt"], conversation["options"]) == (None, None)
    made = client.post("/api/conversations", {"system_prompt": "", "options": {}}).json["conversation"]
    assert (made["system_prompt"], made["options"]) == (None, None)


def test_a_regenerated_answer_without_options_has_none(client, upstream):
    tab = client.tab()
    first = tab.ask_and_wait(FAST, options={"temperature": 0.5})
    tab.wait_ended(first["generation_id"])
    again = tab.ok("regenerate", message_id=first["assistant_message_id"], options={})
    tab.wait_ended(again["generation_id"])
    calls = upstream.calls(first["message"]["content"])
    assert [call["options"].get("temperature") for call in calls] == [0.5, None]


@pytest.mark.parametrize(
    ("cookie", "theme", "scheme"),
    [
        ("", "system", "light dark"),
        ("dark", "dark", "dark"),
        ("light", "light", "light"),
        ('"><b', "system", "light dark"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/nothing/here"])
def test_a_page_has_the_chosen_theme(new_client, path, cookie, theme, scheme):
    client = new_client(signed_in=False)
    client.cookies["chatapp_theme"] = cookie
    page = client.get(path, headers={"Accept": "text/html"}).body.decode()
    assert f'data-theme="{theme}"' in page
    assert f'<meta name="color-scheme" content="{scheme}">' in page
