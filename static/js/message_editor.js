import { html, render } from "./lit.js"
import { TextBox } from "./text_box.js"

/** Editing a question in its place; Enter means what it means in the composer. */
export class MessageEditor {
  #box
  #problem = ""

  constructor({ t, length, sendKey, text, save, close }) {
    this.t = t
    this.length = length
    this.sendKey = sendKey
    this.save = save
    this.close = close
    this.element = document.createElement("form")
    this.element.className = "editor"
    this.element.addEventListener("submit", (event) => { event.preventDefault(); this.#submit() })
    this.#draw()
    this.#box = new TextBox(this.element.querySelector("textarea"), {
      sendKey,
      send: () => this.#submit(),
      cancel: () => { close(); return true },
    })
    this.#box.text = text
  }

  focus() {
    this.#box.grow()
    this.#box.focus()
  }

  #submit() {
    this.#box.settle()
    const text = this.#box.text.trim()
    this.#problem = this.length.problem(text) ?? ""
    if (this.#problem) this.#draw()
    else if (text) this.save(text)
  }

  #draw() {
    const { t, sendKey } = this
    const hint = this.#problem || [t("editHint"), sendKey.sentence(t)].filter(Boolean).join(" ")
    render(html`
      <textarea class="editor__box" rows="1" data-testid="editor" aria-label=${t("edit")}></textarea>
      <p class="editor__hint" role="status" data-testid="editor-hint">${hint}</p>
      <div class="editor__deeds">
        <button type="button" class="button" data-testid="edit-cancel" @click=${this.close}>${t("cancel")}</button>
        <button class="button button--main" data-testid="edit-save">${t("sendEdited")}</button>
      </div>`, this.element)
  }
}
