import { LONG_TEXT } from "../../ui/text_box.js"
import { markLanguage } from "./text_language.js"

/** Layout cost grows with the length of a block, so long texts are split into blocks. */
const BLOCK_CHARACTERS = 1000

/** A user's message as plain text. */
export class PlainBody {
  #locale
  #text = ""
  /** @type {Text | null} */
  #block = null
  #blockLength = 0

  /** @param {{ testid?: string, locale?: string }} [how] */
  constructor({ testid = "body", locale } = {}) {
    this.#locale = locale
    this.element = document.createElement("div")
    this.element.className = "body"
    this.element.dataset.testid = testid
  }

  get text() {
    return this.#text
  }

  /**
   * Append text; the cost depends on its length only.
   * @param {string} text
   */
  append(text) {
    if (!text) return
    delete this.element.dataset.finished
    this.#text += text
    const cut = this.#blockLength + text.length > BLOCK_CHARACTERS ? text.lastIndexOf("\n") + 1 : 0
    if (cut > 0) {
      this.#write(text.slice(0, cut))
      this.#block = null
    }
    this.#write(text.slice(cut))
    this.#widen()
  }

  /**
   * Show a text; keeps the DOM if it begins with the present one.
   * @param {string} wholeText
   */
  show(wholeText) {
    if (!wholeText.startsWith(this.#text)) {
      this.element.replaceChildren()
      this.#block = null
      this.#text = ""
    }
    const rest = wholeText.slice(this.#text.length)
    for (let at = 0; at < rest.length; at += BLOCK_CHARACTERS) this.append(rest.slice(at, at + BLOCK_CHARACTERS))
  }

  /** Long texts use Hangul fonts first: see `data-long` in composer.css. */
  #widen() {
    this.element.toggleAttribute("data-long", this.#text.length > LONG_TEXT)
  }

  /** The text is complete. */
  finish() {
    this.element.dataset.finished = ""
    markLanguage(this.element, this.#text, this.#locale)
  }

  #write(text) {
    if (!text) return
    if (!this.#block) {
      const block = document.createElement("div")
      block.className = "body__block"
      this.#block = this.element.appendChild(block).appendChild(document.createTextNode(""))
      this.#blockLength = 0
    }
    this.#block.appendData(text)
    this.#blockLength += text.length
  }
}
