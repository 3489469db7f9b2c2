import { markLanguage } from "./written_in.js"

const STILL = matchMedia("(prefers-reduced-motion: reduce)")

const library = () => (loading ??= import("../../markdown/rendering.js").then((module) => (loaded = module), failed))
let loading = null
let loaded = null

/** Without it texts stay readable as they were written; the next one tries again. */
function failed() { loading = null }

/** Load what renders answers, before the first one comes. */
export async function prepareBodies() {
  await library()
  loaded?.getReady()
}

/**
 * The text of one answer while it streams and afterwards, as rendered Markdown: append, replace, finish. Until the
 * renderer is loaded it is shown as it was written.
 */
export class BodyView {
  #kit
  #docId
  #text = ""
  #finished = false
  #closed = false
  #rendering = null

  /** The kit is {t, locale, clipboard, announce}; `docId` is unique on the page. */
  constructor(kit, { testid = "body", docId = "" } = {}) {
    this.#kit = kit
    this.#docId = docId
    this.element = document.createElement("div")
    this.element.className = "body"
    this.element.dataset.testid = testid
    this.element.addEventListener("click", (event) => this.#jump(event))
  }

  get text() { return this.#text }

  /** Resolves when everything is as it stays: rendered, highlighted, typeset. */
  get settled() { return this.#rendering?.settled ?? library().then(() => this.#rendering?.settled) }

  /** Resolves when all words of a text that is whole are on the screen, where they can be found. */
  get painted() { return library().then(() => this.#rendering?.painted) }

  /** Add what came next. */
  append(text) {
    if (!text) return
    this.#text += text
    this.#open()
    if (this.#rendering) this.#rendering.push(text)
    else this.#show()
  }

  /** Show the whole text; what is on the screen already stays, where it is how the text begins. */
  replace(wholeText) {
    if (wholeText === this.#text) return
    if (wholeText.startsWith(this.#text)) return this.append(wholeText.slice(this.#text.length))
    this.#text = wholeText
    this.#open()
    if (this.#rendering) this.#rendering.replace(wholeText)
    else this.#show()
  }

  /** The text is whole: no more of it is awaited. */
  finish() {
    if (this.#finished) return
    this.#finished = true
    this.element.dataset.finished = ""
    markLanguage(this.element, this.#text, this.#kit.locale)
    this.#rendering?.finish()
    this.#whenSettled()
  }

  /** Leave the text: what works for it elsewhere on the page lets go of it. */
  close() {
    this.#closed = true
    this.#rendering?.leave()
  }

  #open() {
    this.#finished = false
    this.element.ariaBusy = "true"
    delete this.element.dataset.finished
  }

  async #whenSettled() {
    await this.settled
    if (this.#finished) this.element.ariaBusy = "false"
  }

  /** Show what there is: rendered, or plainly until that can be. */
  #show() {
    if (loaded) return this.#begin()
    this.element.classList.add("body--plain")
    this.element.textContent = this.#text
    library().then(() => { if (loaded && !this.#rendering && !this.#closed) this.#begin() })
  }

  #begin() {
    this.element.classList.remove("body--plain")
    this.#rendering = new loaded.Rendering({ element: this.element, kit: this.#kit, docId: this.#docId })
    this.#rendering.push(this.#text)
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
