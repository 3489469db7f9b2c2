"""Several providers side by side, by chatapp.toml, over real HTTP."""

import contextlib
import threading
from http.server import (  # by name: eventlet leaves a copy of its own in http
    BaseHTTPRequestHandler,
    ThreadingHTTPServer,
)

import pytest
from support.processes import Upstream, free_port
from support.tab import unique
from support.waiting import eventually


@pytest.fixture(scope="module")
def second():
    """Another upstream."""
    upstream = Upstream()
    yield upstream
    upstream.stop()


@pytest.fixture
def served(new_server, new_client, tmp_path):
    """Return a function that starts a server on these lines of chatapp.toml, and its client."""

    def serve(text, **env):
        path = tmp_path / "chatapp.toml"
        path.write_text(text)
        path.chmod(0o600)
        return new_client(new_server(CHATAPP_CONFIG=str(path), CHATAPP_MODEL="", **env))

    return serve


def entry(name, url, *lines):
    return "\n".join([f"[providers.{name}]", f'base_url = "{url}"', *lines, ""])


def test_each_provider_answers_for_its_own_models(served, upstream, second):
    client = served(entry("one", upstream.url) + entry("two", second.url))
    tab, content = client.tab(), unique()
    ids = [model["id"] for model in client.get("/api/models").json["models"]]
    assert {"one/demo", "two/demo", "two/demo-fast"} <= set(ids)
    ack = tab.asked("two/script?tokens=5", content=content)
    assert tab.ended(ack["generation_id"])["message"]["model"] == "two/script?tokens=5"
    assert (len(upstream.calls(content)), len(second.calls(content))) == (0, 1)
    assert second.call(content)["model"] == "script?tokens=5"


def test_the_same_question_to_another_provider_is_another_question(served, upstream, second):
    client = served(entry("one", upstream.url) + entry("two", second.url))
    tab, content = client.tab(), unique()
    for name in ("one", "two"):
        ack = tab.asked(f"{name}/script?tokens=5", content=content)
        assert tab.ended(ack["generation_id"])["message"]["cached"] is False


def test_the_default_is_the_one_that_is_named(served, upstream, second):
    two = entry("two", second.url, 'models = ["script?tokens=3"]')
    client = served('default = "two/script?tokens=3"\n' + entry("one", upstream.url) + two)
    assert client.get("/api/models").json["default"] == "two/script?tokens=3"
    content = unique()
    client.tab().asked(None, content=content)
    assert len(second.calls(content)) == 1


def test_one_that_is_down_is_shown_and_hurts_nobody_else(served, upstream):
    dead = f"http://127.0.0.1:{free_port()}/v1"
    client = served(entry("dead", dead, 'models = ["llama"]') + entry("one", upstream.url))
    tab = client.tab()

    def down():
        return client.get("/api/models").json.get("down")

    eventually(down, what="the provider that is down")
    [problem] = down()
    assert problem["provider"] == "dead"
    assert "providers.dead.base_url in chatapp.toml" in problem["problem"]
    assert next(model["id"] for model in client.get("/api/models").json["models"]) == "dead/llama"
    failed = tab.asked("dead/llama")
    error = tab.ended(failed["generation_id"])["message"]["error"]
    assert error["code"] == "provider_unavailable"
    answered = tab.asked("one/script?tokens=5")
    assert tab.ended(answered["generation_id"])["status"] == "complete"


def test_one_that_comes_back_is_no_longer_shown_as_down(served, upstream):
    port = free_port()
    client = served(entry("late", f"http://127.0.0.1:{port}/v1") + entry("one", upstream.url))
    eventually(lambda: client.get("/api/models").json.get("down"), what="the provider that is down")
    with models_served(port, '{"object": "list", "data": [{"id": "late-model", "object": "model"}]}'):
        eventually(lambda: "down" not in client.get("/api/models").json, within=15, what="the provider's return")
    assert "late/late-model" in [model["id"] for model in client.get("/api/models").json["models"]]


@contextlib.contextmanager
def models_served(port, body):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield
        server.shutdown()
        thread.join()


def test_a_key_comes_from_the_variable_that_is_named(served, upstream, second):
    text = entry("one", upstream.url, 'key_env = "ONE_KEY"') + entry("two", second.url, 'key_env = "TWO_KEY"')
    client = served(text, ONE_KEY="sk-one-0123456789", OPENAI_API_KEY="")
    tab, content = client.tab(), unique()
    tab.asked("one/script?tokens=3", content=content)
    assert upstream.call(content)["headers"]["authorization"] == "present"
    failed = tab.asked("two/script?tokens=3", content=content)
    error = tab.ended(failed["generation_id"])["message"]["error"]
    assert (error["code"], "TWO_KEY" in error["message"]) == ("provider_auth", True)
    assert second.calls(content) == []
    eventually(lambda: client.get("/api/models").json.get("down"), what="the provider without a key")


def test_options_and_system_prompt_are_sent_unless_the_question_has_its_own(served, upstream):
    lines = ("options = { temperature = 0.3, top_p = 0.9 }", 'system_prompt = "Be kind."')
    client = served(entry("one", upstream.url, *lines))
    tab, plain, own = client.tab(), unique(), unique()
    tab.asked("one/script?tokens=3", content=plain)
    tab.asked("one/script?tokens=3", content=own, options={"temperature": 0}, system_prompt="Be brief.")
    calls = [upstream.call(content) for content in (plain, own)]
    assert [call["options"]["temperature"] for call in calls] == [0.3, 0]
    assert [call["options"]["top_p"] for call in calls] == [0.9, 0.9]
    assert [call["messages"][0]["content"] for call in calls] == ["Be kind.", "Be brief."]


def test_each_provider_has_its_own_patience(served, upstream):
    client = served(
        entry("hasty", upstream.url, "first_token_timeout = 0.3") + entry("patient", upstream.url),
        CHATAPP_FIRST_TOKEN_TIMEOUT="20",
    )
    tab, model = client.tab(), "script?tokens=3&first=1.2"
    hasty, patient = (tab.ask(f"{name}/{model}") for name in ("hasty", "patient"))
    ended = tab.ended(hasty["generation_id"])
    assert ended["message"]["error"]["code"] == "provider_timeout"
    assert "0.3 s" in ended["message"]["error"]["message"]
    assert tab.ended(patient["generation_id"])["status"] == "complete"


def test_the_proxy_is_used(served):
    """A proxy that knows nothing of the upstream is enough to see that the request went to it."""
    port = free_port()
    seen = []

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append(self.path)
            self.send_error(503, "nothing behind it")

        def log_message(self, *_arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Proxy) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, daemon=True)
        thread.start()
        far = entry("far", "http://model.invalid/v1", f'proxy = "http://127.0.0.1:{port}"', 'models = ["m"]')
        tab = served(far).tab()
        ended = tab.ended(tab.asked("far/m")["generation_id"])
        proxy.shutdown()
        thread.join()
    assert ended["message"]["error"]["code"] == "provider_unavailable"
    assert "http://model.invalid/v1/chat/completions" in seen


def test_a_model_of_nobody_is_refused_by_the_names_that_there_are(served, upstream):
    tab = served(entry("one", upstream.url)).tab()
    error = tab.ended(tab.asked("gpt-9")["generation_id"])["message"]["error"]
    assert error["code"] == "model_not_found"
    assert "provider/model" in error["message"]


def test_a_provider_can_be_left_out_of_the_cache(served, upstream):
    tab = served(entry("one", upstream.url, "cache = false")).tab()
    content = unique()
    for _ in range(2):
        ack = tab.asked("one/script?tokens=3", content=content)
        assert tab.ended(ack["generation_id"])["message"]["cached"] is False
    assert len(upstream.calls(content)) == 2
