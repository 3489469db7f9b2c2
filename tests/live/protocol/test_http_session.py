"""Sessions, one-time codes, settings, models, and the requirements of state-changing calls."""

import json

import pytest

from support.client import JSON
from support.shapes import check_problem, check_time
from support.tab import UNKNOWN_ID, new_id, unique
from support.waiting import eventually

CHANGES = [
    ("POST", "/api/session"),
    ("POST", "/api/session/code"),
    ("POST", "/api/conversations"),
    ("POST", "/api/conversations/search"),
    ("PUT", "/api/settings"),
    ("PATCH", "/api/conversations/{id}"),
    ("DELETE", "/api/conversations/{id}"),
]


@pytest.fixture(scope="module")
def conversation_id(module_client):
    return module_client.tab().ask_and_wait("script?tokens=1")["conversation"]["id"]


def path_of(path, conversation_id):
    return path.format(id=conversation_id)


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize("origin", [None, "https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_cross_origin_change_is_forbidden(module_client, conversation_id, method, path, origin):
    headers = JSON if origin is None else {**JSON, "Origin": origin}
    reply = module_client.request(method, path_of(path, conversation_id), b"{}", headers)
    check_problem(reply, 403, "forbidden")


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_change_that_is_not_json_is_invalid(module_client, conversation_id, method, path, kind):
    headers = {"Origin": module_client.origin} | ({"Content-Type": kind} if kind else {})
    reply = module_client.request(method, path_of(path, conversation_id), b"{}", headers)
    check_problem(reply, 400, "invalid")


@pytest.mark.parametrize("path", ["/api/conversations", "/api/models", "/api/settings"])
def test_a_read_may_have_no_origin_but_not_a_foreign_one(client, path):
    assert client.get(path).status == 200
    assert client.get(path, {"Origin": client.origin}).status == 200
    check_problem(client.get(path, {"Origin": "https://evil.example"}), 403, "forbidden")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"7", b"\xff\xfe", b'{"a":NaN}', b"[" * 5000])
@pytest.mark.parametrize(("method", "path"), CHANGES[2:6])
def test_a_body_that_is_no_json_object_is_invalid(module_client, server, conversation_id, method, path, body):
    headers = {**JSON, "Origin": module_client.origin}
    reply = module_client.request(method, path_of(path, conversation_id), body, headers)
    check_problem(reply, 400, "invalid")


def test_a_body_that_is_too_large_is_413(module_client):
    body = json.dumps({"title": "x" * 5_000_000}).encode()
    headers = {**JSON, "Origin": module_client.origin}
    check_problem(module_client.request("POST", "/api/conversations", body, headers), 413, "too_large")


@pytest.mark.parametrize(
    "path", ["/api/", "/api/nothing", "/api/conversations/x/y", f"/api/conversations/{UNKNOWN_ID}"]
)
def test_an_unknown_path_is_a_problem_document_too(client, path):
    check_problem(client.get(path), 404, "not_found")


def test_a_wrong_method_is_a_problem_document_too(client):
    reply = client.put("/api/conversations", {})
    assert reply.status == 405
    assert reply.headers["Content-Type"].startswith("application/problem+json")
    assert reply.headers["Allow"], "HTTP asks for the methods that are known (RFC 9110, 15.5.6)"


def test_a_one_time_code_joins_its_session(client, new_client):
    made = client.post("/api/session/code").json
    assert set(made) == {"code", "expires_at"}
    check_time(made["expires_at"])
    other = new_client(signed_in=False)
    assert other.sign_in(code=made["code"]).json["owner"] == client.owner
    ack = other.tab().ask_and_wait("script?tokens=1")
    assert ack["conversation"]["id"] in {one["id"] for one in client.get("/api/conversations").json["conversations"]}


def test_a_one_time_code_works_only_once(client, new_client):
    code = client.post("/api/session/code").json["code"]
    assert new_client(signed_in=False).sign_in(code=code).status == 200
    late = new_client(signed_in=False)
    assert late.sign_in(code=code).status in (400, 401, 403, 404)
    assert late.owner is None


@pytest.mark.parametrize("code", ["", "000000", "x" * 1000, 7, "\0", "\ud800"])
def test_a_made_up_code_is_refused(client, new_client, code):
    visitor = new_client(signed_in=False)
    assert 400 <= visitor.sign_in(code=code).status < 500
    assert visitor.owner is None


def test_an_unknown_field_of_a_session_is_invalid(client):
    check_problem(client.sign_in(surprise=1), 400, "invalid")


def test_models_name_a_default_and_providers(client):
    models = client.get("/api/models").json
    assert set(models) == {"models", "default"}
    assert models["default"] == "script?tokens=20&rate=100"
    assert models["models"]
    for model in models["models"]:
        assert set(model) == {"id", "name", "provider"}
        assert all(isinstance(value, str) and value for value in model.values())


def test_settings_are_kept_and_used(client):
    settings = client.get("/api/settings").json
    assert client.put("/api/settings", settings).status == 200
    reply = client.put("/api/settings", {**settings, "model": "script?tokens=2"})
    assert reply.status == 200, reply.body
    assert client.get("/api/settings").json["model"] == "script?tokens=2"
    tab = client.tab()
    ack = tab.ok("send_message", conversation_id=None, client_message_id=new_id(), content=unique())
    assert tab.wait_ended(ack["generation_id"])["message"]["content"] == "1 2 "


def test_each_owner_has_their_own_settings(client, new_client):
    before = new_client().get("/api/settings").json
    client.put("/api/settings", {**client.get("/api/settings").json, "model": "script?tokens=7"})
    assert new_client().get("/api/settings").json == before


def test_an_invalid_setting_is_refused(client):
    problem = check_problem(client.put("/api/settings", {"surprise": 1}), 400, "invalid")
    assert "surprise" in problem["detail"]
    problem = check_problem(client.put("/api/settings", {"model": 7}), 400, "invalid")
    assert "model" in problem["detail"]


def test_health_and_readiness_need_no_session(new_client):
    nobody = new_client(signed_in=False)
    for path in ("/healthz", "/readyz"):
        assert nobody.get(path).status == 200


def test_metrics_are_prometheus_text(client, tab):
    tab.ask_and_wait("script?tokens=3")
    reply = client.get("/metrics")
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("text/plain")
    lines = reply.body.decode().splitlines()
    assert any(line.startswith("# TYPE chatapp_") for line in lines)


def figures(client):
    """Return the metrics by name and labels."""
    lines = client.get("/metrics").body.decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_metrics_cover_connections_green_threads_and_the_process(client, tab):
    busy = 'chatapp_upstream_connections{provider="openai",state="busy"}'
    idle = 'chatapp_upstream_connections{provider="openai",state="idle"}'
    before = figures(client).get(busy, 0)
    ack = tab.ask("script?tokens=1000&rate=50")
    tab.wait_text(ack["generation_id"], "1 ")
    metrics = figures(client)
    assert metrics[busy] >= 1
    limits = {"connections": 1000, "idle_seconds": 30, "wait_seconds": 10}
    assert limits == {
        limit: metrics[f'chatapp_upstream_limits{{limit="{limit}",provider="openai"}}'] for limit in limits
    }
    assert metrics['chatapp_green_threads{kind="task"}'] >= 2
    assert metrics['chatapp_green_threads{kind="socket"}'] >= 1
    assert metrics['chatapp_green_threads{kind="connection"}'] >= 2
    assert metrics["process_open_fds"] > 5
    assert metrics["process_resident_memory_bytes"] > 10_000_000
    tab.ok("stop_generation", generation_id=ack["generation_id"])
    eventually(lambda: figures(client)[busy] <= before, what="connections at rest")
    tab.ask_and_wait("script?tokens=3")
    eventually(lambda: figures(client)[idle] >= 1, what="a connection that is kept")


def test_the_page_is_html_with_a_strict_policy(client):
    reply = client.get("/")
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("text/html")
    policy = reply.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
