import { markLanguage } from "./text_language.js"

const STILL = matchMedia("(prefers-reduced-motion: reduce)")

const loadRenderer = () => (loading ??= import("../../markdown/rendering.js").then((module) => (loaded = module), onLoadFailed))
let loading = null
let loaded = null

/** Without it texts stay readable as they were written; the next one tries again. */
function onLoadFailed() { loading = null }

/** Load what renders answers, before the first one comes. */
export async function preloadRenderer() {
  await loadRenderer()
  loaded?.warmUpRenderer()
}

/**
 * The text of one answer while it streams and afterwards, as rendered Markdown: show, grow, finish. Until the renderer
 * is loaded it is shown as it was written. The text belongs to others: a string, or what can be read like one and grows.
 */
export class BodyView {
  #context
  #docId
  #text = ""
  /** How much of the text is shown, or is about to be. */
  #known = 0
  #finished = false
  #closed = false
  #rendering = null

  /** The context is {t, locale, clipboard, announce}; `docId` is unique on the page. */
  constructor(context, { testid = "body", docId = "" } = {}) {
    this.#context = context
    this.#docId = docId
    this.element = document.createElement("div")
    this.element.className = "body"
    this.element.dataset.testid = testid
    this.element.addEventListener("click", (event) => this.#jump(event))
  }

  get text() { return String(this.#text) }
  get empty() { return this.#text.length === 0 }

  /** Resolves when everything is as it stays: rendered, highlighted, typeset. */
  get settled() { return this.#rendering?.settled ?? loadRenderer().then(() => this.#rendering?.settled) }

  /** Resolves when all words of a text that is whole are on the screen, where they can be found. */
  get painted() { return loadRenderer().then(() => this.#rendering?.painted) }

  /** Show a text; what is on the screen stays, where the text begins with it. */
  show(text) {
    const isContinued = text.slice(0, this.#known) === this.#text.slice(0, this.#known)
    this.#text = text
    if (isContinued) return this.grow()
    this.#open()
    if (this.#rendering) this.#rendering.replace(text)
    else this.#begin()
  }

  /** Show what the text has grown by. */
  grow() {
    if (this.#text.length === this.#known) return
    this.#open()
    if (this.#rendering) this.#rendering.extend(this.#text)
    else this.#begin()
  }

  /** The text is whole: no more of it is awaited. */
  finish() {
    if (this.#finished) return
    this.#finished = true
    this.element.dataset.finished = ""
    markLanguage(this.element, this.text, this.#context.locale)
    this.#rendering?.finish()
    this.#whenSettled()
  }

  /** Leave the text: what works for it elsewhere on the page lets go of it. */
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

  /** Show what there is: rendered, or plainly until that can be. */
  #begin() {
    if (loaded) return this.#render()
    this.element.classList.add("body--plain")
    this.element.textContent = this.#text
    loadRenderer().then(() => { if (loaded && !this.#rendering && !this.#closed) this.#render() })
  }

  #render() {
    this.element.classList.remove("body--plain")
    this.#rendering = new loaded.Rendering({ element: this.element, context: this.#context, docId: this.#docId })
    this.#rendering.extend(this.#text)
    if (this.#finished) this.#rendering.finish()
  }

  /** A reference to a footnote leads there within the answer; the address of the page stays. */
  #jump(event) {
    const id = event.target.closest?.("a[href^='#']")?.getAttribute("href").slice(1)
    if (id === undefined) return
    event.preventDefault()
    const place = this.element.querySelector(`[id="${CSS.escape(id)}"]`)
    if (!place) return
    if (place.tabIndex < 0) place.tabIndex = -1 // A footnote can then be gone to, from where Tab goes on.
    place.scrollIntoView({ block: "center", behavior: STILL.matches ? "instant" : "smooth" })
    place.focus({ preventScroll: true })
  }
}
