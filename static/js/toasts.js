import { html, nothing, render, repeat } from "./lit.js"
import { icons } from "./icons.js"

const SHOWN_MS = 10_000
const MOST = 3

/** Short messages at the edge of the page, each perhaps with one thing to do. They wait while one reads or points. */
export class Toasts {
  #root
  #t
  #timers
  #shown = []
  #serial = 0
  #cameFrom = null

  /** `timers` are {setTimeout, clearTimeout}. */
  constructor({ root, t, timers = globalThis }) {
    this.#root = root
    this.#t = t
    this.#timers = timers
    root.addEventListener("focusin", ({ relatedTarget }) => {
      if (!root.contains(relatedTarget)) this.#cameFrom = relatedTarget
    })
    root.addEventListener("pointerleave", () => this.#again())
    root.addEventListener("focusout", () => this.#again())
  }

  show(text, deed = null) { this.#later(this.#add(text, deed)) }

  /** Do something that may fail; whether it went well. What went wrong is shown. */
  async attempt(act) {
    try {
      await act()
      return true
    } catch (error) {
      this.show(error.message)
      return false
    }
  }

  /** Show what lasts until the returned function is called. */
  hold(text) {
    const toast = this.#add(text, null)
    return () => this.#close(toast)
  }

  #add(text, deed) {
    const toast = { key: ++this.#serial, text, deed, timer: null }
    for (const old of this.#shown.slice(0, 1 - MOST)) this.#timers.clearTimeout(old.timer)
    this.#shown = [...this.#shown.slice(1 - MOST), toast]
    this.#draw()
    return toast
  }

  /** Time begins again once one has pointed elsewhere. */
  #later(toast) {
    this.#timers.clearTimeout(toast.timer)
    toast.timer = this.#timers.setTimeout(() => { if (!this.#attended) this.#close(toast) }, SHOWN_MS)
  }

  #again() { for (const toast of this.#shown) if (toast.timer !== null) this.#later(toast) }

  get #attended() { return this.#root.matches(":hover, :focus-within") }

  /** The focus does not vanish with the message: it goes back to where it came from. */
  #close(toast) {
    this.#timers.clearTimeout(toast.timer)
    const hadFocus = this.#root.contains(document.activeElement)
    this.#shown = this.#shown.filter((one) => one !== toast)
    this.#draw()
    if (hadFocus && document.activeElement === document.body) this.#cameFrom?.focus()
  }

  #draw() {
    const deed = (toast) => html`
      <button type="button" class="toast__deed" data-testid="toast-deed"
        @click=${() => { this.#close(toast); toast.deed.act() }}>${toast.deed.label}</button>`
    render(html`${repeat(this.#shown, ({ key }) => key, (toast) => html`
      <div class="toast" data-testid="toast"><span class="toast__text">${toast.text}</span>
        ${toast.deed ? deed(toast) : nothing}
        <button type="button" class="toast__close" aria-label=${this.#t("dismiss")} title=${this.#t("dismiss")}
          @click=${() => this.#close(toast)}>${icons.close}</button></div>`)}`, this.#root)
  }
}
