/** Where something is wider than its place, the keyboard can come to it to scroll it, and hears what it is. */
export class OverflowFocus {
  #element
  #name
  #overflows = false

  /** `element` scrolls; `inner` is what may be too wide for it; null where that is the element's own text. */
  constructor({ element, inner, name }) {
    this.#element = element
    this.#name = name
    const observer = new ResizeObserver(() => this.update())
    observer.observe(element)
    if (inner) observer.observe(inner)
  }

  update() {
    const { scrollWidth, clientWidth } = this.#element
    // A frame of one pixel comes from rounding.
    const overflows = scrollWidth > clientWidth + 1
    if (overflows === this.#overflows) return
    this.#overflows = overflows
    const attributes = { tabindex: "0", ...(this.#name && { role: "group", "aria-label": this.#name }) }
    for (const [name, value] of Object.entries(attributes)) {
      if (overflows) this.#element.setAttribute(name, value)
      else this.#element.removeAttribute(name)
    }
  }
}
