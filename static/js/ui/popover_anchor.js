const EDGE = 8

/** Shows a popover beside the button that opened it, within the window, and tells the button whether it is open. */
export class PopoverAnchor {
  #root
  #opener = null

  constructor(root) {
    this.#root = root
    root.addEventListener("toggle", (event) => { if (event.newState === "closed") this.#tell(false) })
    window.addEventListener("resize", () => { if (root.matches(":popover-open")) this.#settle() })
  }

  /** Whether it is open for this button already. */
  isAt(opener) { return this.#opener === opener && this.#root.matches(":popover-open") }

  open(opener) {
    this.#tell(false)
    this.#opener = opener
    // With its source named, Tab goes on from the button, and a press on it does not count as one elsewhere.
    this.#root.showPopover({ source: opener })
    this.#settle()
    this.#tell(true)
  }

  /** Where the button left the page (its row was drawn anew), the popover stays where it is. */
  #settle() {
    const at = this.#opener.getBoundingClientRect()
    if (at.width === 0) return
    const { offsetWidth: width, offsetHeight: height } = this.#root
    const left = Math.max(EDGE, Math.min(at.left, innerWidth - width - EDGE))
    const below = at.bottom + height + EDGE < innerHeight
    this.#root.style.setProperty("left", `${left}px`)
    this.#root.style.setProperty("top", `${below ? at.bottom : Math.max(EDGE, at.top - height)}px`)
  }

  #tell(open) { this.#opener?.setAttribute("aria-expanded", String(open)) }
}
