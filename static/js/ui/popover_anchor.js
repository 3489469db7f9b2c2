const EDGE = 8

/** Positions a popover beside the button that opened it, and keeps aria-expanded of the button. */
export class PopoverAnchor {
  #root
  /** @type {HTMLElement | null} */
  #opener = null

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root
    root.addEventListener("toggle", (event) => {
      if (event.newState === "closed") this.#setExpanded(false)
    })
    window.addEventListener("resize", () => {
      if (root.matches(":popover-open")) this.#position()
    })
  }

  /**
   * Whether it is open for this button.
   * @param {HTMLElement} opener
   */
  isAt(opener) {
    return this.#opener === opener && this.#root.matches(":popover-open")
  }

  /** @param {HTMLElement} opener */
  open(opener) {
    this.#setExpanded(false)
    this.#opener = opener
    // With a source, Tab continues from the button, and pressing it is no light dismiss.
    this.#root.showPopover({ source: opener })
    this.#position()
    this.#setExpanded(true)
  }

  /** If the button was removed (its row was redrawn), the popover stays where it is. */
  #position() {
    const at = this.#opener.getBoundingClientRect()
    if (at.width === 0) return
    const { offsetWidth: width, offsetHeight: height } = this.#root
    const left = Math.max(EDGE, Math.min(at.left, innerWidth - width - EDGE))
    const below = at.bottom + height + EDGE < innerHeight
    this.#root.style.setProperty("left", `${left}px`)
    this.#root.style.setProperty("top", `${below ? at.bottom : Math.max(EDGE, at.top - height)}px`)
  }

  #setExpanded(open) {
    this.#opener?.setAttribute("aria-expanded", String(open))
  }
}
