import { html, render } from "./lit.js"
import { TextBox } from "./text_box.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { LengthLimit } from "../composer/length_limit.js" */
/** @import { SendKey } from "../composer/send_key.js" */

/** A form that edits a text in place; Enter works as in the composer. */
export class TextEditor {
  #t
  #length
  #name
  #words
  #handlers
  #box
  #problem = ""

  /**
   * `name` is that of the test ids. `words`: the label of the box, that of the button, and what is said while nothing is
   * wrong. `changed(text)` on input; `close(text)` gets the text on Esc, which is easily pressed by mistake.
   * @param {{ t: Translate, length: LengthLimit, sendKey: SendKey, name: string,
   *   words: { label: string, save: string, hint?: () => string }, text: string, changed?: (text: string) => void,
   *   save: (text: string) => unknown, close: (text?: string) => void }} parts
   */
  constructor({ t, length, sendKey, name, words, text, changed = () => {}, save, close }) {
    this.#t = t
    this.#length = length
    this.#name = name
    this.#words = words
    this.#handlers = { save, close }
    this.element = document.createElement("form")
    this.element.className = "editor"
    this.element.addEventListener("submit", (event) => {
      event.preventDefault()
      this.#submit()
    })
    this.#draw()
    this.#box = new TextBox(this.element.querySelector("textarea"), {
      sendKey,
      send: () => this.#submit(),
      cancel: () => {
        close(this.#box.text)
        return true
      },
      changed: () => changed(this.#box.text),
    })
    this.#box.text = text
    requestAnimationFrame(() => this.#box.grow()) // It has a height once it is in the document.
  }

  get text() {
    return this.#box.text
  }

  focus() {
    this.#box.focus()
  }

  /**
   * Show another tab's text, unless the user is typing here.
   * @param {string} text
   */
  show(text) {
    if (!this.#box.busy) this.#box.text = text
  }

  /**
   * Say why the text was not taken.
   * @param {string} problem
   */
  say(problem) {
    this.#problem = problem
    this.#draw()
  }

  #submit() {
    const { focused } = this.#box
    this.#box.settle()
    const text = this.#box.text.trim()
    this.say(this.#length.problem(text) ?? "")
    if (text && !this.#problem) this.#handlers.save(text)
    if (focused && !this.#box.focused && this.element.isConnected) this.#box.focus() // Ending the composition blurred it.
  }

  #draw() {
    const name = this.#name
    const { label, save, hint } = this.#words
    render(
      html`
      <textarea class="editor__box" rows="1" dir="auto" data-testid=${name} aria-label=${label}></textarea>
      <p class="editor__hint" role="status" data-testid="${name}-hint">${this.#problem || (hint?.() ?? "")}</p>
      <div class="editor__deeds">
        <button type="button" class="button" data-testid="${name}-cancel"
          @click=${() => this.#handlers.close()}>${this.#t("cancel")}</button>
        <button class="button button--main" data-testid="${name}-save">${save}</button>
      </div>`,
      this.element,
    )
  }
}
