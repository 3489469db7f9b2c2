"""Several providers in chatapp.toml, over real HTTP."""

import contextlib
import socket
import threading
from http.server import (  # by name: eventlet leaves its own copy in http
    BaseHTTPRequestHandler,
    ThreadingHTTPServer,
)

import pytest

from support.processes import Server, Upstream, free_port
from support.shapes import check_error
from support.tab import new_id, unique
from support.waiting import eventually


@pytest.fixture(scope="module")
def second():
    """Another upstream."""
    upstream = Upstream()
    yield upstream
    upstream.stop()


@pytest.fixture(scope="module")
def dead():
    """An address that refuses connections: bound, so that no other process gets it, but not listening."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


@pytest.fixture(scope="module")
def proxy():
    """A proxy that reaches no upstream: its port, and the paths requested of it."""
    seen = []

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(503, "nothing behind it")

        def do_POST(self):
            seen.append(self.path)
            self.send_error(503, "nothing behind it")

        def log_message(self, *_arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, daemon=True)
        thread.start()
        yield proxy.server_port, seen
        proxy.shutdown()
        thread.join()


#: The providers that cannot be used.
DOWN = {"dead", "keyless", "far"}


@pytest.fixture(scope="module")
def side_by_side(upstream, second, dead, proxy, tmp_path_factory):
    """A server with many providers."""
    port, _ = proxy
    text = 'default = "listed/script?tokens=3"\n' + "".join(
        (
            entry("dead", dead, 'models = ["llama"]'),
            entry("one", upstream.url),
            entry("two", second.url),
            entry("listed", second.url, 'models = ["script?tokens=3"]'),
            entry("keyed", upstream.url, 'key_env = "ONE_KEY"'),
            entry("keyless", second.url, 'key_env = "TWO_KEY"'),
            entry("kind", upstream.url, "options = { temperature = 0.3, top_p = 0.9 }", 'system_prompt = "Be kind."'),
            entry("impatient", upstream.url, "first_token_timeout = 0.3"),
            entry("far", "http://model.invalid/v1", f'proxy = "http://127.0.0.1:{port}"', 'models = ["m"]'),
            entry("uncached", upstream.url, "cache = false"),
        )
    )
    folder = tmp_path_factory.mktemp("side-by-side")
    env = {
        "ONE_KEY": "sk-one-0123456789",
        "OPENAI_API_KEY": "",
        "CHATAPP_FIRST_TOKEN_TIMEOUT": "20",
        "CHATAPP_TITLES": "0",  # calls are counted
    }
    server = Server(folder, upstream.url, **configured(folder, text), **env).start()
    yield server
    server.close()


@pytest.fixture
def session(side_by_side, new_client):
    """A session on that server."""
    return new_client(side_by_side)


def entry(name, url, *lines):
    return "\n".join([f"[providers.{name}]", f'base_url = "{url}"', *lines, ""])


def configured(folder, text):
    """Write these lines into a chatapp.toml; return the settings that name it."""
    path = folder / "chatapp.toml"
    path.write_text(text)
    path.chmod(0o600)
    return {"CHATAPP_CONFIG": str(path), "CHATAPP_MODEL": ""}


def down(client):
    """Return the problems of the providers that are down, by name."""
    listed = client.get("/api/models").json.get("down", [])
    problems = {one["provider"]: one["problem"] for one in listed}
    assert len(problems) == len(listed), "each is listed once"
    return problems


def test_each_provider_answers_for_its_own_models(session, upstream, second):
    tab, content = session.tab(), unique()
    ids = [model["id"] for model in session.get("/api/models").json["models"]]
    assert {"one/demo", "two/demo", "two/demo-fast"} <= set(ids)
    ack = tab.ask_and_wait("two/script?tokens=5", content=content)
    assert tab.wait_ended(ack["generation_id"])["message"]["model"] == "two/script?tokens=5"
    assert (len(upstream.calls(content)), len(second.calls(content))) == (0, 1)
    assert second.call(content)["model"] == "script?tokens=5"


def test_the_same_question_to_another_provider_is_another_question(session):
    tab, content = session.tab(), unique()
    for name in ("one", "two"):
        ack = tab.ask_and_wait(f"{name}/script?tokens=5", content=content)
        assert tab.wait_ended(ack["generation_id"])["message"]["cached"] is False


def test_the_default_is_the_configured_model(session, second):
    assert session.get("/api/models").json["default"] == "listed/script?tokens=3"
    content = unique()
    session.tab().ask_and_wait(None, content=content)
    assert len(second.calls(content)) == 1


def test_a_provider_that_is_down_is_shown_and_affects_no_other(session):
    tab = session.tab()
    eventually(
        lambda: down(session).keys() == DOWN,
        what=lambda: f"those that are down: {down(session)}",
    )
    assert "providers.dead.base_url in chatapp.toml" in down(session)["dead"]
    assert next(model["id"] for model in session.get("/api/models").json["models"]) == "dead/llama"
    failed = tab.ask_and_wait("dead/llama")
    error = tab.wait_ended(failed["generation_id"])["message"]["error"]
    assert error["code"] == "provider_unavailable"
    answered = tab.ask_and_wait("one/script?tokens=5")
    assert tab.wait_ended(answered["generation_id"])["status"] == "complete"


def test_a_provider_that_is_up_again_is_no_longer_shown_as_down(new_server, new_client, upstream, tmp_path):
    port = free_port()
    text = entry("late", f"http://127.0.0.1:{port}/v1") + entry("one", upstream.url)
    client = new_client(new_server(**configured(tmp_path, text)))
    eventually(lambda: client.get("/api/models").json.get("down"), what="the provider that is down")
    with models_served(port, '{"object": "list", "data": [{"id": "late-model", "object": "model"}]}'):
        eventually(lambda: "down" not in client.get("/api/models").json, what="the provider's return")
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


def test_a_key_comes_from_the_named_variable(session, upstream, second):
    tab, content = session.tab(), unique()
    tab.ask_and_wait("keyed/script?tokens=3", content=content)
    assert upstream.call(content)["headers"]["authorization"] == "present"
    failed = tab.ask_and_wait("keyless/script?tokens=3", content=content)
    error = tab.wait_ended(failed["generation_id"])["message"]["error"]
    assert (error["code"], "TWO_KEY" in error["message"]) == ("provider_auth", True)
    assert second.calls(content) == []
    eventually(lambda: "keyless" in down(session), what="the provider without a key")


def test_options_of_a_question_override_the_configured_ones_and_its_system_prompt_follows(session, upstream):
    tab, plain, own = session.tab(), unique(), unique()
    tab.ask_and_wait("kind/script?tokens=3", content=plain)
    tab.ask_and_wait("kind/script?tokens=3", content=own, options={"temperature": 0}, system_prompt="Be brief.")
    calls = [upstream.call(content) for content in (plain, own)]
    assert [call["options"]["temperature"] for call in calls] == [0.3, 0]
    assert [call["options"]["top_p"] for call in calls] == [0.9, 0.9]
    assert [call["messages"][0]["content"] for call in calls] == ["Be kind.", "Be kind.\n\nBe brief."]


def test_each_provider_has_its_own_timeouts(session):
    tab, model = session.tab(), "script?tokens=3&first=1.2"
    impatient, patient = (tab.ask(f"{name}/{model}") for name in ("impatient", "one"))
    ended = tab.wait_ended(impatient["generation_id"])
    assert ended["message"]["error"]["code"] == "provider_timeout"
    assert "0.3 s" in ended["message"]["error"]["message"]
    assert tab.wait_ended(patient["generation_id"])["status"] == "complete"


def test_the_proxy_is_used(session, proxy):
    """The proxy reaches no upstream; the request need only arrive at it."""
    tab, (_, seen) = session.tab(), proxy
    ended = tab.wait_ended(tab.ask_and_wait("far/m")["generation_id"])
    assert ended["message"]["error"]["code"] == "provider_unavailable"
    assert "http://model.invalid/v1/chat/completions" in seen


def test_a_model_of_an_unknown_provider_is_refused_with_the_known_names(session):
    tab = session.tab()
    question = {"conversation_id": None, "client_message_id": new_id(), "content": unique(), "model": "gpt-9"}
    error = check_error(tab.error("send_message", question), code="invalid")
    assert error["reason"] == "model_not_found"
    assert "provider/model" in error["message"]


def test_a_provider_can_be_left_out_of_the_cache(session, upstream):
    tab, content = session.tab(), unique()
    for _ in range(2):
        ack = tab.ask_and_wait("uncached/script?tokens=3", content=content)
        assert tab.wait_ended(ack["generation_id"])["message"]["cached"] is False
    assert len(upstream.calls(content)) == 2
