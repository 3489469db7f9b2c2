import { html, render } from "../ui/lit.js"
import { TextBox } from "../ui/text_box.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { LengthLimit } from "./length_limit.js" */
/** @import { SendKey } from "./send_key.js" */

/** Edits a queued question in place; Enter works as in the composer. */
export class QueueEditor {
  #t
  #length
  #handlers
  #box
  #problem = ""

  /**
   * `save(text)` and `close()` on Esc.
   * @param {{ t: Translate, length: LengthLimit, sendKey: SendKey, text: string, save: (text: string) => void,
   *   close: () => void }} parts
   */
  constructor({ t, length, sendKey, text, save, close }) {
    this.#t = t
    this.#length = length
    this.#handlers = { save, close }
    this.element = document.createElement("form")
    this.element.className = "editor queue__editor"
    this.element.addEventListener("submit", (event) => {
      event.preventDefault()
      this.#submit()
    })
    this.#draw()
    this.#box = new TextBox(this.element.querySelector("textarea"), {
      sendKey,
      send: () => this.#submit(),
      cancel: () => {
        close()
        return true
      },
    })
    this.#box.text = text
  }

  get text() {
    return this.#box.text
  }

  focus() {
    this.#box.grow()
    this.#box.focus()
  }

  /** @param {string} problem */
  say(problem) {
    this.#problem = problem
    this.#draw()
  }

  #submit() {
    this.#box.settle()
    const text = this.#box.text.trim()
    this.say(this.#length.problem(text) ?? "")
    if (text && !this.#problem) this.#handlers.save(text)
  }

  #draw() {
    const t = this.#t
    render(
      html`
      <textarea class="editor__box" rows="1" dir="auto" data-testid="queue-editor" aria-label=${t("queueEdit")}></textarea>
      <p class="editor__hint" role="status" data-testid="queue-editor-hint">${this.#problem}</p>
      <div class="editor__deeds">
        <button type="button" class="button" data-testid="queue-cancel" @click=${this.#handlers.close}>${t("cancel")}</button>
        <button class="button button--main" data-testid="queue-save">${t("queueSave")}</button>
      </div>`,
      this.element,
    )
  }
}
