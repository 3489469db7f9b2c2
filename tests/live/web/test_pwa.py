"""The page as an app: its manifest, service worker and shell."""

import json
import re
import struct

import pytest

from support.client import Client

NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Accept": "text/html"}


def worker(client: Client, **headers: str) -> dict[str, object]:
    reply = client.get("/service-worker.js", headers)
    assert reply.status == 200
    return json.loads(reply.body.decode().partition("\n")[0].removeprefix("const SHELL = "))


@pytest.mark.parametrize(("language", "new_chat"), [("ko", "새 대화"), ("en", "New chat")])
def test_the_manifest_is_in_the_readers_language(new_client, language, new_chat):
    client = new_client(signed_in=False)
    for headers in ({"Accept-Language": language}, {"Cookie": f"chatapp_language={language}", "Accept-Language": "fr"}):
        reply = client.get("/manifest.webmanifest", headers)
        assert reply.headers["Content-Type"] == "application/manifest+json"
        manifest = json.loads(reply.body)
        assert manifest["lang"] == language
        assert [shortcut["name"] for shortcut in manifest["shortcuts"]] == [new_chat]
        assert re.search("[가-힣]", manifest["description"]) if language == "ko" else manifest["description"].isascii()


def test_the_icons_have_the_sizes_of_the_manifest(client):
    icons = json.loads(client.get("/manifest.webmanifest").body)["icons"]
    assert {(icon["sizes"], icon["purpose"]) for icon in icons} >= {("192x192", "any"), ("512x512", "maskable")}
    for icon in icons:
        reply = client.get(icon["src"])
        assert (reply.status, reply.headers["Content-Type"]) == (200, icon["type"])
        if icon["type"] == "image/png":
            assert "{}x{}".format(*struct.unpack(">II", reply.body[16:24])) == icon["sizes"]


def test_the_shell_names_no_owner(client):
    reply = client.get("/shell", {"Sec-Fetch-Mode": "cors"})
    assert reply.status == 200
    assert client.owner not in reply.body.decode()
    assert "Set-Cookie" not in reply.headers
    boot = json.loads(re.search(r'id="boot">(.*?)</script>', reply.body.decode(), re.DOTALL)[1])
    assert (boot["owner"], boot["offline"]) == (None, True)


def test_the_shell_needs_a_session_and_redirects_navigation(new_client, client):
    assert new_client(signed_in=False).get("/shell").status == 401
    reply = client.get("/shell", NAVIGATION)
    assert (reply.status, reply.headers["Location"]) == (302, "/")


def test_the_service_worker_is_revalidated_and_lists_the_files_of_its_shell(client):
    reply = client.get("/service-worker.js")
    assert reply.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert reply.headers["Cache-Control"] == "no-cache"
    assert "Content-Security-Policy" in reply.headers
    assert client.get("/service-worker.js", {"If-None-Match": reply.headers["ETag"]}).status == 304
    shell = worker(client)
    assert shell["edition"] in client.get(shell["page"]).headers["ETag"]
    assert all(path.startswith(f"/static/{shell['edition']}/") for path in shell["files"])


def test_the_service_worker_differs_by_language_but_not_by_owner(new_client, client):
    korean, english = (worker(client, **{"Accept-Language": language})["version"] for language in ("ko", "en"))
    assert korean != english
    assert worker(new_client(), **{"Accept-Language": "ko"})["version"] == korean
