import { html, render } from "./lit.js"
import { TextBox } from "./text_box.js"

/** Editing a question in its place; Enter means what it means in the composer. */
export class MessageEditor {
  #box
  #problem = ""

  constructor({ t, length, text, save, close }) {
    this.t = t
    this.length = length
    this.save = save
    this.close = close
    this.element = document.createElement("form")
    this.element.className = "editor"
    this.element.addEventListener("submit", (event) => { event.preventDefault(); this.#submit() })
    this.#draw()
    this.#box = new TextBox(this.element.querySelector("textarea"), {
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
    const { t } = this
    render(html`
      <textarea class="editor__box" rows="1" data-testid="editor" aria-label=${t("edit")} enterkeyhint="send"></textarea>
      <p class="editor__hint" role="status">${this.#problem || t("editHint")}</p>
      <div class="editor__deeds">
        <button type="button" class="button" data-testid="edit-cancel" @click=${this.close}>${t("cancel")}</button>
        <button class="button button--main" data-testid="edit-save">${t("sendEdited")}</button>
      </div>`, this.element)
  }
}
