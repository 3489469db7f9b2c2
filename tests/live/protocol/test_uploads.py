"""Uploads of imports: their limits, and what they may delay."""

import http.client
import json
import threading
from itertools import pairwise

import pytest

from live.protocol.exchange import IMPORT, export_json, import_json
from support.shapes import check_problem
from support.stopwatch import Stopwatch
from support.waiting import LIMIT, eventually


def test_the_upload_limit_is_a_setting_and_applies_to_imports_only(new_server, new_client):
    client = new_client(on=new_server(CHATAPP_IMPORT_BYTES="2000000"))
    turns = []
    for number in range(0, 300, 2):
        base = {"created_at": 1.0, "content": "x" * 6000}
        turns.append({"id": str(number), "parent_id": str(number - 1) if number else None, "role": "user", **base})
        turns.append({"id": str(number + 1), "parent_id": str(number), "role": "assistant", **base})
    head = {"title": "long", "created_at": 1.0, "updated_at": 2.0, "active_leaf_id": "299", "messages": turns}
    export = {"format": "chatapp", "version": 1, "conversations": [head]}
    assert import_json(client, export)[0]["title"] == "long", "1.8 MB are more than other calls may send"
    export["conversations"].append(head)
    assert "2,000,000 bytes" in check_problem(client.post(IMPORT, export), 413, "too_large")["detail"]
    assert len(export_json(client)["conversations"]) == 1


def chunked(client, body, **headers):
    """Send a body without a Content-Length."""
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=LIMIT)
    names = {"Content-Type": "application/json", "Origin": client.origin, "Cookie": client.cookie or "", **headers}
    connection.request("POST", IMPORT, iter([body[:100], body[100:]]), names, encode_chunked=True)
    response = connection.getresponse()
    status, data = response.status, response.read()
    connection.close()
    return status, data


def test_a_body_without_a_content_length_is_limited_too(new_server, new_client):
    client = new_client(on=new_server(CHATAPP_IMPORT_BYTES="1024"))
    fine = b'{"format": "chatapp", "version": 1, "conversations": []}'
    assert chunked(client, fine) == (201, b'{"conversations":[]}')
    status, data = chunked(client, b" " * 2000)
    assert (status, json.loads(data)["code"]) == (413, "too_large")


class SlowUpload:
    """An upload that sends only its first byte."""

    def __init__(self, client, length=60_000_000, **headers):
        self.connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=LIMIT)
        self.connection.putrequest("POST", IMPORT)
        names = {"Content-Type": "application/json", "Origin": client.origin, "Cookie": client.cookie, **headers}
        for name, value in {**names, "Content-Length": str(length)}.items():
            if value is not None:
                self.connection.putheader(name, value)
        self.connection.endheaders()
        self.connection.send(b"[")

    def answer(self):
        response = self.connection.getresponse()
        return response.status, json.loads(response.read())

    def close(self):
        self.connection.close()


REFUSED = [
    ({"Cookie": None}, 401, "unauthenticated"),
    ({"Origin": "https://evil.example"}, 403, "forbidden"),
    ({"Content-Type": "text/plain"}, 400, "invalid"),
]


@pytest.mark.parametrize(("headers", "status", "code"), REFUSED, ids=[code for _, _, code in REFUSED])
def test_an_unauthorized_upload_is_refused_before_it_is_read(client, headers, status, code):
    upload = SlowUpload(client, **headers)
    answered = upload.answer()
    upload.close()
    assert (answered[0], answered[1]["code"]) == (status, code)


def test_an_upload_declared_too_large_is_refused_before_it_is_read(client):
    upload = SlowUpload(client, length=10**12)
    answered = upload.answer()
    upload.close()
    assert (answered[0], answered[1]["code"]) == (413, "too_large")


def test_a_refused_upload_gets_its_answer_on_a_connection_that_ends_with_it(client):
    body = b" " * 20_000_000
    for _ in range(3):
        connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=LIMIT)
        names = {"Content-Type": "application/json", "Origin": "https://evil.example", "Cookie": client.cookie}
        connection.request("POST", IMPORT, body, {**names, "Connection": "close"})
        assert connection.getresponse().status == 403
        connection.close()


def test_an_owner_imports_one_file_at_a_time(client, new_client):
    upload = SlowUpload(client)
    empty = {"format": "chatapp", "version": 1, "conversations": []}
    problem = eventually(lambda: busy(client.post(IMPORT, empty)), what="the upload to begin")
    assert problem["retry_after"] > 0
    assert import_json(new_client(), empty) == []
    upload.close()
    eventually(lambda: client.post(IMPORT, empty).status == 201, what="the end of the lost upload")


def busy(reply):
    return check_problem(reply, 429, "busy") if reply.status == 429 else None


def test_a_long_import_and_export_delay_no_answer(server, client, tab, upstream):
    """Ten thousand messages are imported and exported while an answer streams; its tokens keep arriving."""
    turns = []
    for number in range(0, 10_000, 2):
        base = {"created_at": 1.0 + number, "content": "가나다 " * 50}
        turns.append({"id": str(number), "parent_id": str(number - 1) if number else None, "role": "user", **base})
        turns.append({"id": str(number + 1), "parent_id": str(number), "role": "assistant", **base})
    head = {"title": "long", "created_at": 1.0, "updated_at": 2.0, "active_leaf_id": "9999", "messages": turns}
    tab.clock = Stopwatch(*server.worker_pids(), upstream.pid).seconds
    ack = tab.ask("script?tokens=2000&rate=100")
    tab.wait_text(ack["generation_id"], "3 ")
    done = []

    def import_and_export():
        (copy,) = import_json(client, {"format": "chatapp", "version": 1, "conversations": [head]})
        done.append(len(export_json(client, copy["id"])["conversations"][0]["messages"]))
        done.append(client.get(f"/api/conversations/{copy['id']}/export?format=md").body.decode().count("\n## "))

    before = len(tab.tokens(ack["generation_id"]))
    worker = threading.Thread(target=import_and_export)
    worker.start()
    worker.join(LIMIT)
    assert done == [10_000, 10_000]
    times = [event.at for event in tab.events if event.name == "token"][before:]
    tab.ok("stop_generation", generation_id=ack["generation_id"])
    longest = max(two - one for one, two in pairwise(times))
    assert longest < 1.0, f"no token came for {longest:.2f} s"
