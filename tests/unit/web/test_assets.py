"""The page's files: encodings, caching, preloads, and what an edit changes."""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, Response, jsonify, render_template_string
from flask.testing import FlaskClient

from chatapp.web import assets, compression

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
LONG = "/* 가나다 */\n" + "body { color: red }\n" * 200
HUGE = "".join(hashlib.sha256(bytes([n, m])).hexdigest() for n in range(9) for m in range(256)) * 2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"css/long.css": LONG, "css/short.css": "a {}", "js/app.js": "", "js/huge.js": HUGE}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(LONG.encode())
    return tmp_path


@pytest.fixture
def app(folder: Path) -> Flask:
    app = Flask("page", static_folder=None)
    compression.install(app)
    assets.serve(app, folder)
    page = "{{ url_for('static', filename=name) }} {{ page_scripts|join(' ') }}"
    app.add_url_rule("/<path:name>", "page", lambda name: render_template_string(page, name=name))
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def address(client: FlaskClient, name: str) -> str:
    return client.get(f"/{name}").text.split()[0]


def test_a_client_that_accepts_gzip_gets_gzip(client: FlaskClient) -> None:
    reply = client.get(address(client, "css/long.css"), headers=GZIP)
    assert reply.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(reply.data).decode() == LONG
    assert len(reply.data) == int(reply.headers["Content-Length"]) < len(LONG) / 10
    assert reply.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in reply.headers["Cache-Control"]


@pytest.mark.parametrize("takes", [None, "br", "gzip;q=0", "identity, *;q=0"])
def test_a_client_that_does_not_accept_gzip_gets_the_plain_file(client: FlaskClient, takes: str | None) -> None:
    reply = client.get(address(client, "css/long.css"), headers={"Accept-Encoding": takes} if takes else {})
    assert "Content-Encoding" not in reply.headers
    assert reply.text == LONG


def test_caches_can_tell_the_two_encodings_apart(client: FlaskClient) -> None:
    plain, packed = (client.get(address(client, "css/long.css"), headers=takes) for takes in ({}, GZIP))
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["ETag"] != packed.headers["ETag"]


@pytest.mark.parametrize("name", ["css/short.css", "picture.png"])
def test_a_file_that_gzip_would_not_shrink_is_sent_plain(client: FlaskClient, name: str) -> None:
    reply = client.get(address(client, name), headers=GZIP)
    assert "Content-Encoding" not in reply.headers
    assert "Vary" not in reply.headers


def test_a_large_file_is_compressed_in_full(client: FlaskClient) -> None:
    reply = client.get(address(client, "js/huge.js"), headers=GZIP)
    assert gzip.decompress(reply.data).decode() == HUGE


@pytest.mark.parametrize("takes", [{}, GZIP])
def test_head_has_the_headers_of_get(client: FlaskClient, takes: dict[str, str]) -> None:
    where = address(client, "css/long.css")
    head, get = client.head(where, headers=takes), client.get(where, headers=takes)
    assert head.data == b""
    names = ("Content-Length", "Content-Encoding", "ETag", "Vary", "Cache-Control")
    assert [head.headers.get(name) for name in names] == [get.headers.get(name) for name in names]


@pytest.mark.parametrize("takes", [{}, GZIP])
def test_an_unchanged_file_is_not_sent_again(client: FlaskClient, takes: dict[str, str]) -> None:
    where = address(client, "css/long.css")
    tag = client.get(where, headers=takes).headers["ETag"]
    again = client.get(where, headers={**takes, "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(where, headers={"If-None-Match": '"another"'}).status_code == 200


@pytest.mark.parametrize("takes", [{}, GZIP])
def test_a_range_is_taken_from_the_encoding_that_is_sent(client: FlaskClient, takes: dict[str, str]) -> None:
    where = address(client, "css/long.css")
    whole = client.get(where, headers=takes)
    part = client.get(where, headers={**takes, "Range": "bytes=10-29", "If-Range": whole.headers["ETag"]})
    assert part.status_code == 206
    assert part.data == whole.data[10:30]
    assert part.headers["Content-Range"] == f"bytes 10-29/{len(whole.data)}"
    assert part.headers.get("Content-Encoding") == whole.headers.get("Content-Encoding")
    other = client.get(where, headers={**takes, "Range": "bytes=10-29", "If-Range": '"another"'})
    assert (other.status_code, other.data) == (200, whole.data)
    assert client.get(where, headers={**takes, "Range": "bytes=999999-"}).status_code == 416


def test_an_edited_file_gets_a_new_address_with_the_next_page(client: FlaskClient, folder: Path) -> None:
    before = address(client, "css/short.css")
    (folder / "css" / "short.css").write_text("b { color: blue }")
    assert client.get(before).text == "a {}", "a version is never half of the next"
    after = address(client, "css/short.css")
    assert after != before
    assert client.get(after).text == "b { color: blue }"
    late = client.get(before)
    assert late.text == "b { color: blue }"
    assert "immutable" not in late.headers["Cache-Control"]


def test_new_and_removed_files_are_noticed_and_an_editors_temporary_files_are_not(
    client: FlaskClient, folder: Path
) -> None:
    first = address(client, "x")
    (folder / "js" / ".app.js.swp").write_text("unsaved text")
    assert address(client, "x") == first
    (folder / "js" / "new.js").write_text("new")
    assert client.get(address(client, "js/new.js")).text == "new"
    (folder / "js" / "new.js").unlink()
    assert client.get(address(client, "js/new.js")).status_code == 404
    assert address(client, "x") == first, "the same files are the same version"


def test_a_page_preloads_what_it_needs_to_start(client: FlaskClient, folder: Path) -> None:
    modules = {
        "js/app.js": 'import { a } from "./a.js"\nconst b = () => import("./b.js")\n',
        "js/a.js": 'import { c } from "../vendor/c/c.min.js"\nexport const a = 1\n',
        "js/b.js": 'import d from "../vendor/d.mjs"\nexport const b = () => import("../vendor/deep.js")\n',
        "vendor/c/c.min.js": 'import i,{j}from"./i.js";import*as x from"../x.js";export{i as k};\n',
        "vendor/c/i.js": "// as in import(…), or\n// import { x } from './none.js'\nexport * from './j.js'",
        "vendor/c/j.js": "",
        "vendor/d.mjs": '/* d */export{e}from"./e.mjs"',
        "vendor/e.mjs": "",
        "vendor/x.js": 'import("./deep.js")\n',
        "vendor/deep.js": "",
    }
    for name, code in modules.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    _, *scripts = client.get("/x").text.split()
    libraries = ["vendor/c/c.min.js", "vendor/c/i.js", "vendor/x.js", "vendor/c/j.js"]
    assert scripts == ["joined/app.js", *libraries]
    later = {"joined/b.js", "vendor/d.mjs", "vendor/e.mjs", "vendor/deep.js"}
    assert set(assets.Edition(folder).later_scripts) == later


def test_styles_are_joined_in_the_order_that_their_address_names(client: FlaskClient) -> None:
    both = client.get(address(client, "joined/short+long.css"))
    assert both.text == f"a {{}}\n{LONG}"
    assert both.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in both.headers["Cache-Control"]
    assert client.get(address(client, "joined/long+short.css")).text == f"{LONG}\na {{}}"


@pytest.mark.parametrize("name", ["long+none", "", "long+", "../css/long", "+".join(["long"] * 65), "long+../js/app"])
def test_only_listed_styles_can_be_joined(client: FlaskClient, name: str) -> None:
    version = address(client, "x").split("/")[2]
    assert client.get(f"/static/{version}/joined/{name}.css").status_code == 404


def test_files_with_their_own_policy_are_no_parts_of_a_page() -> None:
    for part in ("js/app.js", "css/base.css", "vendor/x-1.0/x.mjs", "icons/icon-192.png", "fonts/x.woff2"):
        assert assets.is_part(f"/static/0123456789ab/{part}"), part
    for other in ("js/code/worker.js", "js/service_worker.js", "icon.svg", "vendor/VERSIONS.md"):
        assert not assets.is_part(f"/static/0123456789ab/{other}"), other
    assert not assets.is_part("/service-worker.js")


Make = Callable[[], Response]
LIST = [{"title": f"conversation {n}"} for n in range(200)]
SENT: dict[str, tuple[Make, bool]] = {
    "a page": (lambda: Response(LONG, mimetype="text/html"), True),
    "JSON": (lambda: jsonify(LIST), True),
    "a long refusal": (lambda: Response(LONG, 404, mimetype="application/problem+json"), True),
    "little": (lambda: jsonify(LIST[:3]), False),
    "a stream": (lambda: Response(iter([LONG] * 3), mimetype="application/json"), False),
    "events": (lambda: Response(LONG, mimetype="text/event-stream"), False),
    "what is packed already": (lambda: Response(LONG, mimetype="text/html", headers={"Content-Encoding": "br"}), False),
}


@pytest.mark.parametrize("name", SENT)
def test_pages_and_json_are_compressed_if_that_makes_them_smaller(app: Flask, name: str) -> None:
    make, is_compressed = SENT[name]
    app.add_url_rule("/made", "made", make)
    plain, packed = (app.test_client().get("/made", headers=takes) for takes in ({}, GZIP))
    assert (packed.headers.get("Content-Encoding") == "gzip") == is_compressed
    assert ("Accept-Encoding" in packed.headers.get("Vary", "")) == is_compressed
    if is_compressed:
        assert gzip.decompress(packed.data) == plain.data
        assert len(packed.data) == int(packed.headers["Content-Length"]) < len(plain.data) / 4


@pytest.mark.parametrize(("site", "is_compressed"), [("same-origin", True), ("none", True), ("cross-site", False)])
def test_responses_to_cross_site_requests_are_not_compressed(app: Flask, site: str, is_compressed: bool) -> None:
    app.add_url_rule("/made", "made", lambda: jsonify(LIST))
    reply = app.test_client().get("/made", headers={**GZIP, "Sec-Fetch-Site": site})
    assert (reply.headers.get("Content-Encoding") == "gzip") == is_compressed
