/** Makes an element focusable and labelled while it overflows, so that it can be scrolled by keyboard. */
export class OverflowFocus {
  #element
  #name
  #overflows = false

  /**
   * `element` scrolls; `inner` is its content, null for plain text.
   * @param {{ element: HTMLElement, inner: Element | null, name: string }} parts
   */
  constructor({ element, inner, name }) {
    this.#element = element
    this.#name = name
    const observer = new ResizeObserver(() => this.update())
    observer.observe(element)
    if (inner) observer.observe(inner)
  }

  update() {
    const { scrollWidth, clientWidth } = this.#element
    // One pixel comes from rounding.
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
