/** Scrolling follows its input within a frame; under load a frame takes longer. */
const SOON_MS = 500
const KEYS = new Set(["ArrowUp", "PageUp", "Home", " "])

/**
 * Whether the user scrolls an element now, as far as input tells: wheel, fingers, keys, a held mouse button (scroll bar,
 * selection). Find-in-page and screen readers scroll without any.
 */
export class UserScrolling {
  #now
  #touches = false
  #holds = false
  #last = -Infinity

  /**
   * `released` is called when the last finger is lifted.
   * @param {{ element: HTMLElement, released: () => void, now?: () => number }} parts
   */
  constructor({ element, released, now = () => performance.now() }) {
    this.#now = now
    const passive = { passive: true, capture: true }
    element.addEventListener("wheel", ({ deltaY }) => deltaY < 0 && this.#note(), passive)
    element.addEventListener("touchmove", () => this.#note(), passive)
    element.addEventListener("pointerdown", (event) => this.#hold(event), passive)
    document.addEventListener("keydown", (event) => this.#key(event), passive)
    const lifted = (/** @type {TouchEvent} */ { touches }) => {
      this.#touches = touches.length > 0
      if (!this.#touches) released()
    }
    element.addEventListener(
      "touchstart",
      (event) => {
        const target = /** @type {HTMLElement} */ (event.target)
        this.#touches = true
        // There, as what is touched may be painted anew meanwhile: then its events do not reach the element.
        for (const name of /** @type {const} */ (["touchend", "touchcancel"]))
          target.addEventListener(name, lifted, { passive: true })
      },
      passive,
    )
    // The release of a scroll bar is no event everywhere.
    for (const name of /** @type {const} */ (["pointerup", "pointercancel", "pointermove"])) {
      document.addEventListener(name, ({ buttons }) => this.#release(buttons), passive)
    }
  }

  /** Whether a finger rests on the element. */
  get touches() {
    return this.#touches
  }

  get scrolls() {
    return this.#holds || this.#now() - this.#last < SOON_MS
  }

  /** Something else is shown: what the user scrolled is gone. */
  forget() {
    this.#last = -Infinity
  }

  #note() {
    this.#last = this.#now()
  }

  /** @param {PointerEvent} event */
  #hold({ pointerType }) {
    this.#holds = pointerType === "mouse"
  }

  /** @param {number} buttons */
  #release(buttons) {
    if (!this.#holds || buttons > 0) return
    this.#holds = false
    this.#note()
  }

  /**
   * Tab moves the focus, and the text with it. Keys in a field move the caret.
   * @param {KeyboardEvent} event
   */
  #key({ key, target }) {
    const types = target instanceof Element && target.closest("textarea, input, select")
    if (key === "Tab" || (KEYS.has(key) && !types)) this.#note()
  }
}
