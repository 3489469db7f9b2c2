"""Bounds of answers, questions, tokens, money and new sessions, on a real server with many sockets."""

import re

import pytest

from support.processes import Server
from support.shapes import check_error, check_problem
from support.tab import new_id, unique
from support.together import together
from support.waiting import eventually

MODEL = "script?tokens=50&rate=25"
#: What the upstream counts for the prompt of one question below; what is reserved for the question and its answer.
PROMPT, RESERVED = 14, 68
SOCKETS, QUESTIONS = 10, 5
PUBLIC = {"CHATAPP_PUBLIC": "1", "CHATAPP_TOKENS_PER_DAY": "all=1000000", "CHATAPP_TRUSTED_PROXIES": "1"}
QUIET = {"CHATAPP_TITLES": "0", "CHATAPP_MODEL": MODEL}


def ask(tab, **fields):
    """Ask a question of one length, for an answer of 50 tokens; return the ack."""
    content = unique("q").ljust(40)
    fields = {"conversation_id": None, "client_message_id": new_id(), "content": content, **fields}
    return tab.command("send_message", {"options": {"max_tokens": 50}, **fields})


def visitor(new_client, server, address):
    """Return a session that comes through the proxy from an address."""
    client = new_client(server, signed_in=False)
    client.proxied = {"X-Forwarded-For": address}
    assert client.sign_in().status == 200
    return client


def spent(calls):
    """Return the tokens that these calls of the upstream came to."""
    return sum(call["tokens"] + PROMPT for call in calls)


def metric(client, pattern):
    found = re.search(rf"^{pattern} (\S+)$", client.get("/metrics").body.decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_parallel_questions_never_spend_more_than_the_day_has(new_server, new_client, upstream):
    """50 questions at the same moment, from 10 sockets of as many sessions."""
    bound, words = 1000, unique("q")[:8]
    server = new_server(CHATAPP_TOKENS_PER_DAY=f"all={bound}", **QUIET)
    tabs = [new_client(server).tab() for _ in range(SOCKETS)]

    def ask_often(tab):
        numbers = []
        for _ in range(QUESTIONS):
            content = unique(words)[:40]
            fields = {"conversation_id": None, "client_message_id": new_id(), "content": content}
            numbers.append(tab.send("send_message", {"options": {"max_tokens": 50}, **fields}))
        return [tab.wait_ack(number, timeout=30) for number in numbers]

    acks = list(zip(tabs, together(ask_often, tabs), strict=True))
    accepted = [(tab, ack) for tab, some in acks for ack in some if ack["ok"]]
    refused = [ack["error"] for _, some in acks for ack in some if not ack["ok"]]
    assert len(accepted) + len(refused) == SOCKETS * QUESTIONS
    for error in refused:
        check_error(error, code="rate_limited")
        assert error["scope"] == "all"
        assert 0 < error["retry_after"] <= 86_400
    for tab, ack in accepted:
        assert tab.wait_ended(ack["generation_id"])["status"] == "complete"
    calls = upstream.calls(words)
    assert len(calls) == len(accepted) >= bound // RESERVED
    assert spent(calls) <= bound
    # What the answers did not need is there for others, down to less than a question may take.
    while (ack := ask(tabs[0], content=unique(words)[:40]))["ok"]:
        tabs[0].wait_ended(ack["generation_id"])
    assert bound - RESERVED < spent(upstream.calls(words)) <= bound


def test_what_is_spent_survives_a_kill(new_server, new_client):
    server = new_server(CHATAPP_TOKENS_PER_DAY=f"all={2 * RESERVED}", **QUIET)
    client = new_client(server)
    tab = client.tab()
    tab.wait_ended(ask(tab)["generation_id"])
    ask(tab)
    server.kill9()
    server.start()
    tab = client.tab()
    check_error(ask(tab)["error"], code="rate_limited")


def test_a_stopped_answer_and_a_repeated_question_give_back_what_they_did_not_spend(new_server, new_client, upstream):
    server = new_server(CHATAPP_TOKENS_PER_DAY=f"all={2 * RESERVED}", **QUIET)
    tab = new_client(server).tab()
    content = unique("q").ljust(40)
    running = ask(tab, content=content)
    tab.ok("stop_generation", generation_id=running["generation_id"])
    whole = ask(tab, content=content)
    tab.wait_ended(whole["generation_id"])
    for _ in range(5):
        again = ask(tab, content=content)
        ended = tab.wait_ended(again["generation_id"])
        assert (ended["message"]["cached"], ended["status"]) == (True, "complete")
    assert len(upstream.calls(content)) == 2
    check_error(ask(tab)["error"], code="rate_limited")


@pytest.mark.parametrize("setting", ["CHATAPP_TOKENS_PER_DAY", "CHATAPP_MONEY_PER_DAY"])
def test_the_bound_of_a_model_leaves_the_others(new_server, new_client, upstream, tmp_path, setting):
    price = "price = { input = 1, output = 1 }"
    text = f'[providers.main]\nbase_url = "{upstream.url}"\n{price}\nmodels = ["script?tokens=50", "script?tokens=49"]'
    path = tmp_path / "chatapp.toml"
    path.write_text(text)
    path.chmod(0o600)
    bound = 2 * RESERVED if setting == "CHATAPP_TOKENS_PER_DAY" else 2 * RESERVED / 1_000_000
    env = {"CHATAPP_CONFIG": str(path), "CHATAPP_TITLES": "0", "CHATAPP_MODEL": "main/script?tokens=50"}
    server = new_server(**env, **{setting: f"model={bound}"})
    tab = new_client(server).tab()
    for _ in range(2):
        tab.wait_ended(ask(tab)["generation_id"])
    error = check_error(ask(tab)["error"], code="rate_limited")
    assert error["scope"] == "model"
    assert "Choose another one" in error["message"]
    assert ask(tab, model="script?tokens=50")["error"]["scope"] == "model", "it has one bound under all of its names"
    assert ask(tab, model="main/script?tokens=49")["ok"]


@pytest.fixture(scope="module")
def public(module_server):
    """A server for everybody, behind a proxy."""
    return module_server(
        **PUBLIC,
        **QUIET,
        CHATAPP_GENERATIONS_PER_OWNER="2",
        CHATAPP_ANSWERS_AT_ONCE="address=3",
        CHATAPP_SESSIONS_PER_HOUR="4",
    )


def test_sessions_of_one_address_share_its_bound_and_another_address_has_its_own(public, new_client):
    long = {"model": MODEL, "options": {"max_tokens": 50}}
    visitors = [visitor(new_client, public, f"2001:db8:1:2::{number}") for number in range(1, 4)]
    tabs = [client.tab() for client in visitors]
    acks = [ask(tab, **long) for tab in tabs for _ in range(2)]
    assert sum(ack["ok"] for ack in acks) == 3
    assert {ack["error"]["scope"] for ack in acks if not ack["ok"]} == {"address"}
    stranger = visitor(new_client, public, "2001:db8:1:3::1").tab()
    assert ask(stranger, **long)["ok"]


def test_a_forged_first_hop_changes_nothing(public, new_client):
    first = visitor(new_client, public, "198.51.100.1").tab()
    for _ in range(2):
        assert ask(first)["ok"]
    others = [visitor(new_client, public, f"203.0.113.{number}, 198.51.100.1").tab() for number in range(2)]
    assert [ask(tab)["ok"] for tab in others] == [True, False]


def test_an_address_begins_only_so_many_sessions_and_a_renewal_is_never_refused(public, new_client):
    known = [visitor(new_client, public, "198.51.100.7") for _ in range(4)]
    late = new_client(public, signed_in=False)
    late.proxied = {"X-Forwarded-For": "198.51.100.7"}
    problem = check_problem(late.sign_in(), 429, "rate_limited")
    assert problem["scope"] == "address"
    assert 0 < problem["retry_after"] <= 3600
    page = late.get("/", {"Accept": "text/html"})
    assert (page.status, late.cookies) == (429, {})
    for client in known:
        owner = client.owner
        assert (client.sign_in().status, client.owner) == (200, owner)
        assert client.get("/").status == 200
    code = known[0].post("/api/session/code").json["code"]
    assert late.sign_in(code=code).status == 200, "a code joins a session that there is"
    assert visitor(new_client, public, "198.51.100.8")


def test_only_the_model_that_the_operator_set_answers_strangers(public, new_client, upstream):
    tab, content = visitor(new_client, public, "198.51.100.9").tab(), unique()
    error = check_error(ask(tab, model="script?tokens=9999", content=content)["error"], code="invalid")
    assert error["reason"] == "model_not_found"
    assert upstream.calls(content) == []


def test_the_limits_of_a_public_server_are_told(public, new_client):
    client = new_client(public, signed_in=False)
    client.proxied = {"X-Forwarded-For": "198.51.100.10"}
    assert client.sign_in().json["limits"]["generations"] == 2


def test_a_proxy_that_nobody_told_the_server_of_is_thought_of(new_server):
    server = new_server(**{**PUBLIC, **QUIET, "CHATAPP_TRUSTED_PROXIES": "0"})
    assert "CHATAPP_TRUSTED_PROXIES is 0" in server.log()


def test_metrics_count_tokens_and_refusals(new_server, new_client):
    server = new_server(CHATAPP_TOKENS_PER_DAY=f"session={RESERVED}", **QUIET)
    client = new_client(server)
    tab = client.tab()
    tab.wait_ended(ask(tab)["generation_id"])
    check_error(ask(tab)["error"], code="rate_limited")
    eventually(lambda: metric(client, r'chatapp_tokens_total\{kind="completion",model="other"\}') == 50, what="tokens")
    assert metric(client, r'chatapp_tokens_total\{kind="prompt",model="other"\}') == PROMPT
    assert metric(client, r'chatapp_refusals_total\{bound="tokens",scope="session"\}') == 1


def test_a_private_server_bounds_a_script_as_it_did(server: Server, new_client):
    """600 questions a minute and 20 answers at once, and no bound of a day."""
    client = new_client()
    tab = client.tab()
    assert client.sign_in().json["limits"]["generations"] == 20
    for _ in range(30):
        tab.ask_and_wait("script?tokens=1&rate=0")
