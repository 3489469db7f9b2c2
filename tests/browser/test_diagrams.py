"""Diagrams of answers, under the application's policies."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Frame, Page, expect

from browser.conftest import Watch
from browser.lab import clipboard, size

pytestmark = pytest.mark.browser

DIAGRAM = """async (source) => {
    const diagram = new lab.Diagram(lab.context, { source })
    lab.place.append(diagram.element)
    await diagram.settled
}"""
FLOW = "flowchart LR\n  A[질문] --> B{캐시?}\n  B -- 예 --> C[답변]"


@dataclass
class OtherServer:
    """A server that the page must not contact, and the paths that it was asked for."""

    url: str
    paths: list[str]


@pytest.fixture
def other_server() -> Iterator[OtherServer]:
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield OtherServer(f"http://127.0.0.1:{server.server_port}", paths)
    server.shutdown()
    server.server_close()
    thread.join(5)


def find_frame(page: Page, address: str = "/diagram") -> Frame:
    (frame,) = [one for one in page.frames if one.url.endswith(address)]
    return frame


def test_a_diagram_is_drawn_in_a_sandboxed_frame_of_its_size(lab: Page) -> None:
    lab.evaluate(DIAGRAM, FLOW)
    frame = lab.locator("#lab iframe")
    expect(frame).to_have_attribute("sandbox", "allow-scripts")
    expect(frame.content_frame.locator("svg")).to_contain_text("질문")
    drawn = size(frame)
    assert 100 < drawn["width"] < 700
    assert 40 < drawn["height"] < 400
    assert find_frame(lab).evaluate("() => self.origin") == "null"


def test_mermaid_is_fetched_once_for_all_diagrams(lab: Page) -> None:
    asked: list[str] = []
    lab.context.on("request", lambda request: asked.append(request.url))
    lab.evaluate(DIAGRAM, FLOW)
    lab.evaluate(DIAGRAM, FLOW)
    assert lab.locator("#lab iframe").count() == 2
    assert sum(url.endswith("/mermaid.esm.min.mjs") for url in asked) == 1


def test_a_diagram_follows_the_theme(lab: Page) -> None:
    lab.evaluate(DIAGRAM, FLOW)
    node = lab.locator("#lab iframe").content_frame.locator(".node text, .node .nodeLabel").first
    expect(node).to_have_css("color", "rgb(31, 29, 26)")
    lab.emulate_media(color_scheme="dark")
    expect(node).to_have_css("color", "rgb(236, 233, 227)")


def test_a_diagram_prints_in_light_colours_from_the_dark_theme(lab: Page) -> None:
    lab.emulate_media(color_scheme="dark")
    lab.evaluate(DIAGRAM, FLOW)
    frame = lab.locator("#lab iframe").content_frame
    expect(frame.locator("#paper svg")).to_have_count(1)
    expect(frame.locator("#paper")).to_be_hidden()
    lab.emulate_media(color_scheme="dark", media="print")
    expect(frame.locator("html")).to_have_css("color-scheme", "light")
    expect(frame.locator("#diagram")).to_be_hidden()
    node = frame.locator("#paper").locator(".node text, .node .nodeLabel").first
    expect(node).to_be_visible()
    expect(node).to_have_css("color", "rgb(31, 29, 26)")
    # Until it is drawn for paper.
    find_frame(lab).evaluate("() => document.getElementById('paper').replaceChildren()")
    expect(frame.locator("#diagram")).to_be_visible()
    expect(frame.locator("#diagram")).to_have_css("filter", "invert(1) hue-rotate(180deg)")


def test_a_diagram_is_enlarged_in_the_whole_window(lab: Page) -> None:
    lab.set_viewport_size({"width": 390, "height": 700})
    lab.evaluate(DIAGRAM, "flowchart LR\n" + "\n".join(f"  n{n}[Step number {n}] --> n{n + 1}" for n in range(12)))
    small = size(lab.locator("#lab iframe"))
    lab.locator("#lab .diagram__place").click()
    enlarged = lab.get_by_test_id("enlarged-diagram")
    drawn = enlarged.locator("iframe")
    expect(drawn.content_frame.locator("svg")).to_contain_text("Step number 11")
    expect(drawn).not_to_have_css("width", "390px")
    before = size(drawn)
    assert before["width"] > 1.5 * small["width"]
    assert size(enlarged) == {"width": 390, "height": 700}
    lab.get_by_test_id("zoomIn").click()
    assert size(drawn)["width"] == pytest.approx(1.25 * before["width"], abs=3)
    lab.keyboard.press("Escape")
    expect(enlarged).to_have_count(0)
    assert lab.locator("iframe:not(.diagram__room)").count() == 1
    lab.get_by_test_id("diagram-enlarge").click()
    expect(enlarged).to_be_visible()
    lab.get_by_test_id("close").click()
    expect(enlarged).to_have_count(0)


def test_a_diagram_is_saved_as_svg(lab: Page) -> None:
    lab.evaluate(DIAGRAM, FLOW)
    lab.get_by_test_id("diagram-enlarge").click()
    with lab.expect_download() as download:
        lab.get_by_test_id("save-svg").click()
    assert download.value.suggested_filename == "diagram.svg"
    root = ElementTree.parse(download.value.path()).getroot()  # noqa: S314 (our own)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert int(root.get("width", "0")) > 100
    assert "질문" in "".join(root.itertext())


def test_the_source_of_a_diagram_is_shown_and_copied(lab: Page) -> None:
    lab.evaluate(DIAGRAM, FLOW)
    switch = lab.get_by_test_id("diagram-source")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(lab.locator("#lab pre")).to_have_text(FLOW)
    expect(lab.locator("#lab iframe")).to_be_hidden()
    lab.get_by_test_id("code-copy").click()
    expect(lab.get_by_test_id("code-copy")).to_have_text("Copied")
    assert clipboard(lab) == FLOW
    switch.click()
    expect(lab.locator("#lab iframe")).to_be_visible()


def test_an_invalid_diagram_shows_its_source_and_the_error(lab: Page) -> None:
    lab.evaluate(DIAGRAM, "flowchart LR\n  A[열린")
    expect(lab.locator("#lab pre")).to_be_visible()
    expect(lab.locator("#lab pre")).to_contain_text("A[열린")
    expect(lab.locator("#lab .diagram__problem")).to_contain_text("Parse error")
    expect(lab.locator("#lab iframe")).to_have_count(0)


HOSTILE = {
    "click": 'flowchart LR\n  A-->B\n  click A "{url}/a" _top\n  click B call alert()',
    "label": """flowchart LR\n  A["<img src='{url}/b'><script>parent.hit()</script>"] --> B""",
    "directive": """%%{init: {'securityLevel': 'loose', 'themeCSS': '* { background: url({url}/c) }'}}%%
        flowchart LR\n  A-->B""",
    "picture": 'flowchart LR\n  A@{ img: "{url}/d.png", label: "x" } --> B',
    "link": """sequenceDiagram\n  participant A\n  link A: go @ {url}/e
        A->>A: <img src="{url}/f" onerror="alert(1)">""",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_diagram_sends_no_request_and_opens_no_page(
    lab: Page, watch: Watch, other_server: OtherServer, kind: str
) -> None:
    pages = lab.context.pages
    # The browser reports each request that the diagram's policy refuses.
    watch.expect("CSP violation", "Content Security Policy", "violates the following")
    lab.evaluate(DIAGRAM, HOSTILE[kind].replace("{url}", other_server.url))
    for node in lab.locator("#lab iframe").content_frame.locator("a, .clickable, .node").all():
        node.dispatch_event("click")
    lab.request.get(f"{other_server.url}/last")
    assert other_server.paths == ["/last"]
    assert lab.context.pages == pages
    watch.origins.discard(other_server.url.removeprefix("http://"))


@pytest.mark.parametrize("address", ["/diagram", "/diagram/room"])
def test_scripts_of_the_diagram_pages_reach_no_network_storage_or_parent(lab: Page, watch: Watch, address: str) -> None:
    watch.expect("CSP violation", "Content Security Policy", "violates the following", "sandboxed")
    lab.evaluate(DIAGRAM, FLOW)
    tried = """async () => {
        const image = new Image()
        const loaded = new Promise((resolve) => {
            image.onload = () => resolve(true)
            image.onerror = () => resolve(false)
        })
        image.src = "/static/x/icon.svg"
        const fetched = await fetch("/healthz", { mode: "no-cors" }).then(() => true, () => false)
        let storage = true
        try { localStorage.length } catch { storage = false }
        let above = true
        try { above = Boolean(parent.document) } catch { above = false }
        return [await loaded, fetched, storage, above]
    }"""
    assert find_frame(lab, address).evaluate(tried) == [False, False, False, False]


def test_messages_from_another_window_than_the_frame_are_ignored(lab: Page) -> None:
    lab.evaluate(DIAGRAM, FLOW)
    before = size(lab.locator("#lab iframe"))
    lab.evaluate("""async () => {
        postMessage({ width: 5000, height: 5000 }, "*")
        postMessage({ reason: "forged" }, "*")
        await new Promise((resolve) => {
            addEventListener("message", ({ data }) => { if (data === "last") resolve() })
            postMessage("last", "*")
        })
    }""")
    assert size(lab.locator("#lab iframe")) == before


def test_an_excessive_diagram_size_is_capped(lab: Page) -> None:
    lab.evaluate(DIAGRAM, FLOW)
    find_frame(lab).evaluate("() => parent.postMessage({ width: 10, height: 1e9 }, '*')")
    expect(lab.locator("#lab iframe")).to_have_css("--height", "6000")
    assert size(lab.locator("#lab iframe"))["height"] <= 3200


def test_the_diagram_page_and_its_scripts_have_their_own_policies(lab: Page, url: str) -> None:
    page = lab.request.get(f"{url}/diagram")
    policy = page.headers["content-security-policy"]
    assert "sandbox allow-scripts" in policy
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy
    script = page.text().partition('src="')[2].partition('"')[0]
    assert lab.request.get(url + script).headers["access-control-allow-origin"] == "*"
    assert lab.request.get(url + script.replace("js/diagram/show_page.js", "js/app.js")).status == 404
    assert "frame-src 'self'" in lab.request.get(url).headers["content-security-policy"]


@pytest.mark.parametrize(
    "source",
    [
        "mindmap\n  root((마음))\n    가지",
        'pie title 몫\n  "가" : 3\n  "나" : 2',
        "gantt\n  title 일정\n  section 일\n  할 일 :a, 2026-01-01, 3d",
    ],
)
def test_diagrams_of_other_kinds_are_drawn_too(lab: Page, source: str) -> None:
    lab.evaluate(DIAGRAM, source)
    expect(lab.get_by_test_id("diagram")).to_have_attribute("data-state", "drawn")
