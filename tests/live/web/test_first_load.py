"""The bytes and files of the first load, and of a load from a warm cache."""

import json
import re
from typing import Any

import pytest

from support.client import Client

GZIP = {"Accept-Encoding": "gzip"}
MOST_BYTES = 250_000
#: Loaded with the first answer that has a formula, a diagram or code.
FOR_SOME_ANSWERS = re.compile(r"katex|mermaid|highlightjs|\.woff2$")


@pytest.fixture(scope="module")
def page(first_client: Client) -> str:
    return first_client.get("/").body.decode()


@pytest.fixture(scope="module")
def first_client(server: Any) -> Any:
    client = Client(server.port)
    assert client.sign_in().status == 200
    yield client
    client.close()


def addresses(page: str) -> list[str]:
    """Return the files that the page refers to."""
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', page)


def kept(client: Client) -> list[str]:
    """Return the files that the service worker caches: those of the page and those that it imports later."""
    head = client.get("/service-worker.js").body.decode().partition("\n")[0]
    return json.loads(head.removeprefix("const SHELL = "))["files"]


def test_the_first_view_loads_at_most_250_kb(first_client: Client, page: str) -> None:
    paths = ["/", "/api/conversations", "/api/models", "/api/settings", "/manifest.webmanifest", "/service-worker.js"]
    paths += sorted({*addresses(page), *kept(first_client)})
    sizes = {path: len(first_client.get(path, GZIP).body) for path in paths}
    assert sum(sizes.values()) <= MOST_BYTES, sorted(sizes.items(), key=lambda item: -item[1])[:20]


def test_the_first_view_requests_few_files(page: str) -> None:
    """At six requests at a time and 150 ms each way, a hundred files would take seconds."""
    assert len(addresses(page)) < 20


def test_the_page_loads_no_file_twice_and_none_that_only_some_answers_need(first_client: Client, page: str) -> None:
    named = [address for address in addresses(page) if not address.endswith("icon.svg")]
    assert len(named) == len(set(named))
    assert [address for address in [*named, *kept(first_client)] if FOR_SOME_ANSWERS.search(address)] == []


def test_modules_imported_later_are_not_preloaded(first_client: Client, page: str) -> None:
    later = set(kept(first_client)) - set(addresses(page))
    assert any("/markdown-it-" in address for address in later)
    assert not any("/markdown-it-" in address for address in addresses(page))


def test_a_file_carries_only_the_headers_that_it_needs(first_client: Client, page: str) -> None:
    """The policies of a page take 600 bytes."""
    script = next(address for address in addresses(page) if address.endswith("/app.js"))
    headers = first_client.get(script, GZIP).headers
    assert headers["Content-Encoding"] == "gzip"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Content-Security-Policy" not in headers
    assert sum(len(name) + len(value) + 4 for name, value in headers.items()) < 600
    worker = script.replace("joined/app.js", "js/service_worker.js")
    assert "Content-Security-Policy" in first_client.get(worker).headers, "a worker is held by its own policy"
