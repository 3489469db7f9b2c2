import { html, nothing, render, repeat } from "./lit.js"
import { icons } from "./icons.js"

const SHOWN_MS = 10_000

/** Short messages at the edge of the page, each perhaps with one thing to do. They wait while one reads or points. */
export class Toasts {
  #root
  #t
  #shown = []
  #serial = 0

  constructor({ root, t }) {
    this.#root = root
    this.#t = t
  }

  show(text, deed = null) { this.#later(this.#add(text, deed)) }

  /** Show what lasts until the returned function is called. */
  hold(text) {
    const toast = this.#add(text, null)
    return () => this.#close(toast)
  }

  #add(text, deed) {
    const toast = { key: ++this.#serial, text, deed }
    this.#shown = [...this.#shown, toast].slice(-3)
    this.#draw()
    return toast
  }

  #later(toast) {
    setTimeout(() => {
      if (this.#root.matches(":hover, :focus-within")) this.#later(toast)
      else this.#close(toast)
    }, SHOWN_MS)
  }

  #close(toast) {
    this.#shown = this.#shown.filter((one) => one !== toast)
    this.#draw()
  }

  #draw() {
    const deed = (toast) => html`
      <button type="button" class="toast__deed" data-testid="toast-deed"
        @click=${() => { this.#close(toast); toast.deed.act() }}>${toast.deed.label}</button>`
    render(html`${repeat(this.#shown, ({ key }) => key, (toast) => html`
      <div class="toast" data-testid="toast"><span class="toast__text">${toast.text}</span>
        ${toast.deed ? deed(toast) : nothing}
        <button type="button" class="toast__close" aria-label=${this.#t("dismiss")}
          @click=${() => this.#close(toast)}>${icons.close}</button></div>`)}`, this.#root)
  }
}
