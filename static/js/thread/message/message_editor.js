import { html, render } from "../../ui/lit.js"
import { TextBox } from "../../ui/text_box.js"

/** @import { MessageContext } from "./message_view.js" */

/** Edits a question in place; Enter works as in the composer. */
export class MessageEditor {
  #box
  #problem = ""

  /**
   * `changed(text)` on input; `save(text)` returns whether it was taken; `close(text)` gets the text on Esc, which is
   * easily pressed by mistake.
   * @param {Pick<MessageContext, "t" | "length" | "sendKey"> & { text: string, changed: (text: string) => void,
   *   save: (text: string) => boolean, close: (text?: string) => void }} parts
   */
  constructor({ t, length, sendKey, text, changed, save, close }) {
    this.t = t
    this.length = length
    this.sendKey = sendKey
    this.save = save
    this.close = close
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

  #submit() {
    const { focused } = this.#box
    this.#box.settle()
    const text = this.#box.text.trim()
    this.#problem = this.length.problem(text) ?? ""
    if (text && !this.#problem && !this.save(text)) this.#problem = this.t("unsentFirst")
    this.#draw()
    if (this.#problem && focused && !this.#box.focused) this.#box.focus() // Ending the composition blurred it.
  }

  #draw() {
    const { t, sendKey } = this
    const hint = this.#problem || [t("editHint"), sendKey.sentence(t)].filter(Boolean).join(" ")
    render(
      html`
      <textarea class="editor__box" rows="1" dir="auto" data-testid="editor" aria-label=${t("edit")}></textarea>
      <p class="editor__hint" role="status" data-testid="editor-hint">${hint}</p>
      <div class="editor__deeds">
        <button type="button" class="button" data-testid="edit-cancel" @click=${() => this.close()}>${t("cancel")}</button>
        <button class="button button--main" data-testid="edit-save">${t("sendEdited")}</button>
      </div>`,
      this.element,
    )
  }
}
