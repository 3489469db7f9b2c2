import { html, nothing, render } from "../../ui/lit.js"
import { PlainBody } from "./plain_body.js"
import { FOLDED_LINES, isLong } from "./question_length.js"
import { renderer } from "./renderer_loader.js"

/** @import { QuestionRendering } from "../../markdown/rendering.js" */
/** @import { MessageContext } from "./message_view.js" */

/**
 * A question as it was typed, with code blocks and links. A long one is folded; the whole text stays in the page, where
 * find-in-page, the keyboard and screen readers reach it, and which unfolds it.
 */
export class QuestionBody {
  #context
  #plain
  #button = document.createElement("div")
  #isFolded = false
  /** Whether the reader has chosen. */
  #isChosen = false
  /** @type {QuestionRendering | null} */
  #rendering = null
  #isClosed = false

  /** @param {Pick<MessageContext, "t" | "format" | "locale" | "clipboard" | "announce" | "hold">} context */
  constructor(context) {
    this.#context = context
    this.#plain = new PlainBody({ locale: context.locale })
    this.#button.className = "question__fold"
    this.element = document.createElement("div")
    this.element.className = "question"
    this.element.append(this.#plain.element, this.#button)
    this.#plain.element.addEventListener("scroll", () => this.unfold(), { passive: true })
  }

  get text() {
    return this.#plain.text
  }
  /** The element with the text alone. */
  get content() {
    return this.#plain.element
  }

  /** @param {string} text */
  show(text) {
    if (text === this.text) return
    this.#rendering?.close()
    this.#rendering = null
    if (this.text) this.#plain.show("")
    this.#plain.show(text)
    this.#isFolded = !this.#isChosen && isLong(text)
    this.#draw()
  }

  /** The text is complete. */
  finish() {
    if (this.#rendering) return
    this.#plain.finish()
    if (renderer.loaded) this.#render()
    else renderer.load().then(() => this.#rendering || this.#isClosed || this.#render())
  }

  /** Show the whole text. */
  unfold() {
    if (this.#isFolded) this.#fold(false)
  }

  close() {
    this.#isClosed = true
    this.#rendering?.close()
  }

  #render() {
    this.#rendering = new renderer.loaded.QuestionRendering({ element: this.content, context: this.#context })
    this.#rendering.show(this.text)
  }

  #fold(isFolded) {
    this.#isChosen = true
    this.#isFolded = isFolded
    this.#context.hold?.(this.content)
    this.#draw()
    if (isFolded) this.content.scrollIntoView({ block: "nearest" })
  }

  #draw() {
    const { content } = this
    content.toggleAttribute("data-folded", this.#isFolded)
    if (this.#isFolded) content.scrollTop = 0
    render(isLong(this.text) ? this.#template() : nothing, this.#button)
  }

  #template() {
    const { t } = this.#context
    return html`
      <button type="button" class="question__button" data-testid="fold" aria-expanded=${!this.#isFolded}
        @click=${() => this.#fold(!this.#isFolded)}>${this.#isFolded ? this.#lengthInWords() : t("showLess")}</button>`
  }

  #lengthInWords() {
    const { t, format } = this.#context
    const lines = this.text.split("\n").length
    if (lines > FOLDED_LINES) return t("showAllLines", { n: format.number(lines) })
    return t("showAllCharacters", { n: format.number([...this.text].length) })
  }
}
