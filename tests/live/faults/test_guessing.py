"""A flood of guesses from many addresses locks out nobody who was signed in before, and shows in log and metrics."""

import functools
import http.client

import pytest

from support.shapes import check_problem

PASSWORD = "correct horse 배터리 staple"


@pytest.fixture
def calling_from(monkeypatch):
    """Return a function that sets the loopback address from which the clients call."""
    plain = http.client.HTTPConnection

    def call_from(address):
        monkeypatch.setattr(http.client, "HTTPConnection", functools.partial(plain, source_address=(address, 0)))

    return call_from


def test_a_flood_of_guesses_locks_out_strangers_only(new_server, new_client, calling_from):
    server = new_server(CHATAPP_PASSWORD=PASSWORD, CHATAPP_METRICS_TOKEN="metrics please")
    calling_from("127.1.1.1")
    phone = new_client(server, signed_in=False)
    assert phone.sign_in(password=PASSWORD).status == 200
    assert phone.delete("/api/session").status == 204
    desk = new_client(server, signed_in=False)
    assert desk.sign_in(password=PASSWORD).status == 200

    guesser = new_client(server, signed_in=False)
    judged = 0
    for network in range(20):
        for host in range(1, 4):
            calling_from(f"127.2.{network}.{host}")
            while (status := guesser.sign_in(password=f"guess {judged}").status) == 401:
                judged += 1
            assert status == 429
    assert 200 <= judged < 300

    calling_from("127.3.1.1")
    check_problem(new_client(server, signed_in=False).sign_in(password=PASSWORD), 429, "rate_limited")
    calling_from("127.2.1.1")  # where guesses come from, too
    assert phone.sign_in(password=PASSWORD).status == 200
    code = desk.post("/api/session/code").json["code"]
    calling_from("127.3.1.1")
    assert new_client(server, signed_in=False).sign_in(code=code).json["owner"] == desk.owner

    lines = [line for line in server.log().splitlines() if "Sign-in refused: wrong password from 127.2." in line]
    assert len(lines) == judged
    assert "guess 1" not in server.log()
    counted = desk.get("/metrics", {"Authorization": "Bearer metrics please"}).body.decode()
    assert f'chatapp_sign_ins_total{{method="password",result="wrong"}} {judged}.0' in counted
    assert 'chatapp_refusals_total{bound="guesses",scope="all"}' in counted
