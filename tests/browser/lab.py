"""A page with the application's policies and no scripts, on which tests use one module alone."""

from playwright.sync_api import Locator, Page

from chatapp.web import i18n

#: Import the modules as `window.lab`, and make an empty place for them.
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


def open_lab(page: Page, url: str) -> Page:
    """Open the error page, which has the policies and runs no script, and set up `window.lab`."""
    page.goto(f"{url}/nowhere")
    page.evaluate(LAB, [i18n.page_texts_of(i18n.read("en")), "en"])
    return page


def scrolls_sideways(page: Page) -> bool:
    return page.evaluate("() => document.documentElement.scrollWidth > innerWidth")


def clipboard(page: Page) -> str:
    return page.evaluate("() => navigator.clipboard.readText()")


def size(locator: Locator) -> dict[str, float]:
    box = locator.bounding_box()
    assert box
    return {"width": round(box["width"]), "height": round(box["height"])}
