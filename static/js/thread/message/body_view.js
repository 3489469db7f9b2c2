import { renderer } from "./renderer_loader.js"
import { markLanguage } from "./text_language.js"

/** @import * as rendering from "../../markdown/rendering.js" */
/** @import { GrowingText } from "../../state/generation.js" */
/** @import { MessageContext } from "./message_view.js" */

const STILL = matchMedia("(prefers-reduced-motion: reduce)")

/** Load the Markdown renderer before the first answer. */
export async function preloadRenderer() {
  await renderer.load()
  renderer.loaded.warmUpRenderer()
}

/**
 * The rendered Markdown of one answer while it streams and afterwards: show, grow, finish. Shown as plain text until
 * the renderer is loaded. The text is owned by others: a string, or a GrowingText.
 */
export class BodyView {
  #context
  #docId
  /** @type {string | GrowingText} */
  #text = ""
  /** How much of the text was passed to the renderer. */
  #known = 0
  #finished = false
  #closed = false
  /** @type {rendering.Rendering | null} */
  #rendering = null

  /**
   * `docId` is unique on the page.
   * @param {Pick<MessageContext, "t" | "locale" | "clipboard" | "announce">} context
   */
  constructor(context, { testid = "body", docId = "" } = {}) {
    this.#context = context
    this.#docId = docId
    this.element = document.createElement("div")
    this.element.className = "body"
    this.element.dataset.testid = testid
    this.element.addEventListener("click", (event) => this.#jump(event))
  }

  get text() {
    return String(this.#text)
  }
  get empty() {
    return this.#text.length === 0
  }

  /** Resolves when all is rendered, highlighted and typeset. */
  get settled() {
    return this.#rendering?.settled ?? renderer.load().then(() => this.#rendering?.settled)
  }

  /** Resolves when all words of a finished text are in the DOM, where they can be found. */
  get painted() {
    return renderer.load().then(() => this.#rendering?.painted)
  }

  /**
   * Show a text. If it begins with the present one, only the rest is rendered.
   * @param {string | GrowingText} text
   */
  show(text) {
    const isContinued = text.slice(0, this.#known) === this.#text.slice(0, this.#known)
    this.#text = text
    if (isContinued) return this.grow()
    this.#open()
    if (this.#rendering) this.#rendering.replace(text)
    else this.#begin()
  }

  /** Show what was added to the text. */
  grow() {
    if (this.#text.length === this.#known) return
    this.#open()
    if (this.#rendering) this.#rendering.extend(this.#text)
    else this.#begin()
  }

  /** The text is complete. */
  finish() {
    if (this.#finished) return
    this.#finished = true
    this.element.dataset.finished = ""
    markLanguage(this.element, this.text, this.#context.locale)
    this.#rendering?.finish()
    this.#whenSettled()
  }

  /** Release resources elsewhere on the page. */
  close() {
    this.#closed = true
    this.#rendering?.close()
  }

  #open() {
    this.#known = this.#text.length
    this.#finished = false
    this.element.ariaBusy = "true"
    delete this.element.dataset.finished
  }

  async #whenSettled() {
    await this.settled
    if (this.#finished) this.element.ariaBusy = "false"
  }

  /** Render, or show plain text until that is possible. */
  #begin() {
    if (renderer.loaded) return this.#render()
    this.element.classList.add("body--plain")
    this.element.textContent = String(this.#text)
    renderer.load().then(() => {
      if (!this.#rendering && !this.#closed) this.#render()
    })
  }

  #render() {
    this.element.classList.remove("body--plain")
    this.#rendering = new renderer.loaded.Rendering({
      element: this.element,
      context: this.#context,
      docId: this.#docId,
    })
    this.#rendering.extend(this.#text)
    if (this.#finished) this.#rendering.finish()
  }

  /**
   * Scroll to a footnote within the answer, without changing the address.
   * @param {MouseEvent} event
   */
  #jump(event) {
    const target = /** @type {Element} */ (event.target)
    const id = target.closest?.("a[href^='#']")?.getAttribute("href").slice(1)
    if (id === undefined) return
    event.preventDefault()
    const place = this.element.querySelector(`[id="${CSS.escape(id)}"]`)
    if (!place) return
    if (place.tabIndex < 0) place.tabIndex = -1 // Makes the footnote focusable, so that Tab continues there.
    place.scrollIntoView({ block: "center", behavior: STILL.matches ? "instant" : "smooth" })
    place.focus({ preventScroll: true })
  }
}
