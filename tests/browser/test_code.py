"""Code, formulas and diagrams of answers, on the real page under its real policies."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Frame, Locator, Page, expect

from browser.conftest import Watch
from chatapp.web import i18n

pytestmark = pytest.mark.browser

#: Make the page's own parts reachable, in a column where they stand as in answers.
LAB = """async ([texts, language]) => {
    const [folder] = new URL(document.querySelector("link[rel=stylesheet]").href).pathname.match(/.static.[^/]+/)
    const names = ["code/code_block", "diagram/diagram", "math/render_math", "base/translator", "ui/clipboard"]
    const modules = await Promise.all(names.map((name) => import(`${folder}/js/${name}.js`)))
    const [{ CodeBlock }, { Diagram }, { renderMath }, { createTranslator }, { Clipboard }] = modules
    await Promise.all(["code", "math"].map((name) => new Promise((resolve) => {
        const link = Object.assign(document.createElement("link"), { rel: "stylesheet", onload: resolve })
        link.href = `${folder}/css/${name}.css`
        document.head.append(link)
    })))
    const place = document.createElement("main")
    place.id = "lab"
    document.body.className = ""
    document.body.replaceChildren(place)
    const said = []
    const t = createTranslator(texts, language)
    const context = { t, clipboard: new Clipboard(() => said.push("failed")), announce: (key) => said.push(key) }
    window.lab = { CodeBlock, Diagram, renderMath, context, place, said }
}"""
CODE = """async ([language, code]) => {
    const block = new lab.CodeBlock(lab.context, { language })
    lab.place.append(block.element)
    block.append(code)
    block.finish()
    await block.settled
}"""
FORMULA = """async ([tex, display]) => {
    const element = document.createElement(display ? "div" : "span")
    element.className = display ? "math math--display" : "math"
    element.textContent = tex
    lab.place.append("앞 ", element, " 뒤")
    await lab.renderMath(element, { tex, display, name: lab.context.t("formula") })
}"""
DIAGRAM = """async (source) => {
    const diagram = new lab.Diagram(lab.context, { source })
    lab.place.append(diagram.element)
    await diagram.settled
}"""
FLOW = "flowchart LR\n  A[질문] --> B{캐시?}\n  B -- 예 --> C[답변]"


@pytest.fixture
def lab(page: Page, url: str, watch: Watch) -> Page:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return opened(page, url, watch)


def opened(page: Page, url: str, watch: Watch) -> Page:
    """Go to a page that has the application's policies and none of its scripts."""
    watch.expect("404 (NOT FOUND)")
    page.goto(f"{url}/nowhere")
    page.evaluate(LAB, [i18n.page_texts_of(i18n.read("en")), "en"])
    return page


def scrolls_sideways(page: Page) -> bool:
    return page.evaluate("() => document.documentElement.scrollWidth > innerWidth")


@dataclass
class Elsewhere:
    """A server that a page must not ask: where it is, and for what it was asked."""

    url: str
    asked: list[str]


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Elsewhere(f"http://127.0.0.1:{server.server_port}", asked)
    server.shutdown()
    server.server_close()
    thread.join(5)


def clipboard(page: Page) -> str:
    return page.evaluate("() => navigator.clipboard.readText()")


def size(locator: Locator) -> dict[str, float]:
    box = locator.bounding_box()
    assert box
    return {"width": round(box["width"]), "height": round(box["height"])}


def frame_of(page: Page, address: str = "/diagram") -> Frame:
    (frame,) = [one for one in page.frames if one.url.endswith(address)]
    return frame


def test_code_is_coloured_by_a_worker_under_the_pages_policies(lab: Page) -> None:
    lab.evaluate(CODE, ["js", "const a = `글 ${1}`\n/* 설명 */"])
    block = lab.get_by_test_id("code-block")
    expect(block.locator(".code__keyword")).to_have_text("const")
    expect(block.locator(".code__comment")).to_have_text("/* 설명 */")
    assert len(lab.workers) == 1


def test_a_language_is_fetched_when_it_first_occurs(lab: Page) -> None:
    asked: list[str] = []
    lab.context.on("request", lambda request: asked.append(request.url))
    lab.evaluate(CODE, ["rust", "fn a() {}"])
    lab.evaluate(CODE, ["rs", "fn b() {}"])
    languages = [url.rpartition("/")[2] for url in asked if "/languages/" in url]
    assert languages == ["rust.min.js"]


def test_copying_gives_the_code_exactly_and_says_so(lab: Page) -> None:
    code = '\tif a < b:  # "글" 😀\n\n        return \\\n  '
    lab.evaluate(CODE, ["python", code])
    button = lab.get_by_test_id("code-copy")
    button.click()
    expect(button).to_have_text("Copied")
    assert clipboard(lab) == code
    assert lab.evaluate("() => lab.said") == ["copied"]
    expect(button).to_have_text("Copy")


def test_code_that_is_selected_is_copied_with_its_line_ends_once(lab: Page) -> None:
    code = "\n".join(f"def a{n}():\n    return 1\n" for n in range(100))
    lab.evaluate(CODE, ["python", code])
    selected = lab.evaluate(
        "() => { getSelection().selectAllChildren(document.querySelector('#lab code')); return String(getSelection()) }"
    )
    assert selected.strip("\n") == code.strip("\n")


def test_long_lines_scroll_within_the_code_or_wrap(lab: Page) -> None:
    lab.set_viewport_size({"width": 320, "height": 640})
    lab.evaluate(CODE, ["", "긴 줄 " * 200])
    scroller = lab.get_by_role("group", name="Code", exact=True)
    expect(scroller).to_have_attribute("tabindex", "0")
    assert not scrolls_sideways(lab)
    lab.get_by_test_id("code-wrap").click()
    expect(lab.get_by_test_id("code-wrap")).to_have_attribute("aria-pressed", "true")
    expect(lab.locator("#lab pre")).not_to_have_attribute("tabindex", "0")
    lab.evaluate("() => lab.place.replaceChildren()")
    lab.evaluate(CODE, ["", "다음 블록"])
    expect(lab.get_by_test_id("code-wrap")).to_have_attribute("aria-pressed", "true")


def test_a_formula_is_typeset_and_read_out_as_mathml(lab: Page) -> None:
    lab.evaluate(FORMULA, [r"\text{속도} = \frac{d}{t} \quad \boxed{x} \fcolorbox{red}{blue}{y} \pmb{z}", True])
    expect(lab.locator("#lab math mfrac")).to_have_count(1)
    expect(lab.locator("#lab .katex-html")).to_have_attribute("aria-hidden", "true")
    expect(lab.locator("#lab .katex-mathml")).to_have_css("position", "absolute")
    lab.evaluate(FORMULA, [r"\ce{2H2 + O2 -> 2H2O}", False])
    expect(lab.locator("#lab math")).to_have_count(2)


def test_a_formula_that_is_wrong_or_hostile_stays_as_written(lab: Page) -> None:
    hostile = [
        r"\frac{1",
        r"\def\a{\a\a}\a",
        r"\href{javascript:alert(1)}{x} \includegraphics{https://example.com/x.png}",
        "x" * 6000,
    ]
    for tex in hostile:
        lab.evaluate(FORMULA, [tex, False])
        last = lab.locator("#lab .math").last
        assert last.locator("a, img").count() == 0
    for at in (0, 1, 3):
        expect(lab.locator("#lab .math").nth(at)).to_have_text(hostile[at])
        assert lab.locator("#lab .math").nth(at).get_attribute("title")


def test_a_formula_as_large_as_the_page_is_cut_to_size(lab: Page) -> None:
    lab.evaluate(FORMULA, [r"\rule{9999em}{9999em}", True])
    assert size(lab.locator("#lab .math"))["height"] < 600
    assert not scrolls_sideways(lab)


def test_a_long_formula_scrolls_within_itself(lab: Page) -> None:
    lab.set_viewport_size({"width": 320, "height": 640})
    lab.evaluate(FORMULA, [" + ".join(f"x_{{{n}}}" for n in range(60)), True])
    expect(lab.get_by_role("group", name="Formula")).to_have_attribute("tabindex", "0")
    assert not scrolls_sideways(lab)


def test_who_copies_a_formula_gets_its_tex(lab: Page) -> None:
    lab.evaluate(FORMULA, [r"E = mc^2", False])
    lab.evaluate("() => getSelection().selectAllChildren(lab.place)")
    lab.keyboard.press("Control+C")
    assert clipboard(lab) == "앞 $E = mc^2$ 뒤"


def test_a_diagram_is_drawn_in_a_sandbox_as_large_as_it_says(lab: Page) -> None:
    lab.evaluate(DIAGRAM, FLOW)
    frame = lab.locator("#lab iframe")
    expect(frame).to_have_attribute("sandbox", "allow-scripts")
    expect(frame.content_frame.locator("svg")).to_contain_text("질문")
    drawn = size(frame)
    assert 100 < drawn["width"] < 700
    assert 40 < drawn["height"] < 400
    assert frame_of(lab).evaluate("() => self.origin") == "null"


def test_the_drawing_program_is_fetched_once_for_all_diagrams(lab: Page) -> None:
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


def test_a_diagram_that_is_wrong_shows_its_source_and_the_reason(lab: Page) -> None:
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
def test_a_hostile_diagram_calls_nobody_and_leads_nowhere(
    lab: Page, watch: Watch, elsewhere: Elsewhere, kind: str
) -> None:
    # What the diagram's policy stops before it leaves is reported.
    watch.expect("CSP violation", "Content Security Policy", "violates the following")
    lab.evaluate(DIAGRAM, HOSTILE[kind].replace("{url}", elsewhere.url))
    for node in lab.locator("#lab iframe").content_frame.locator("a, .clickable, .node").all():
        node.dispatch_event("click")
    lab.request.get(f"{elsewhere.url}/last")
    assert elsewhere.asked == ["/last"]
    assert len(lab.context.pages) == 1
    watch.origins.discard(elsewhere.url.removeprefix("http://"))


@pytest.mark.parametrize("address", ["/diagram", "/diagram/room"])
def test_the_diagrams_pages_reach_nobody_even_by_script(lab: Page, watch: Watch, address: str) -> None:
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
    assert frame_of(lab, address).evaluate(tried) == [False, False, False, False]


def test_messages_of_others_do_not_pass_for_the_diagrams(lab: Page) -> None:
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


def test_a_size_without_measure_is_cut(lab: Page) -> None:
    lab.evaluate(DIAGRAM, FLOW)
    frame_of(lab).evaluate("() => parent.postMessage({ width: 10, height: 1e9 }, '*')")
    expect(lab.locator("#lab iframe")).to_have_css("--height", "6000")
    assert size(lab.locator("#lab iframe"))["height"] <= 3200


def test_the_diagrams_page_and_its_parts_have_policies_of_their_own(lab: Page, url: str) -> None:
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


def test_without_workers_code_is_shown_plainly(page: Page, url: str, watch: Watch) -> None:
    page.add_init_script("delete globalThis.Worker")
    opened(page, url, watch).evaluate(CODE, ["python", "import os"])
    expect(page.get_by_test_id("code-block").locator("code")).to_have_text("import os")
