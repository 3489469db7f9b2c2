const NEAR = 48

/**
 * Owns scrolling. Follows the end only while the reader is there; otherwise what is being read holds still.
 * Calls `changed` when following begins or ends.
 */
export class Scroller {
  #element
  #changed
  #following = true
  #sticky = true
  #lastTop = 0

  constructor({ element, content, changed }) {
    this.#element = element
    this.#changed = changed
    element.addEventListener("scroll", () => this.#scrolled(), { passive: true })
    new ResizeObserver(() => this.#settle()).observe(content)
    new ResizeObserver(() => this.#settle()).observe(element)
  }

  get following() { return this.#following }

  /** Nothing to scroll: there is room for more. */
  get short() { return this.#element.scrollHeight <= this.#element.clientHeight }

  /** Whether there is an end to follow; the empty page is read from its top. */
  set sticky(sticky) {
    if (this.#sticky && !sticky) this.#element.scrollTop = 0
    this.#sticky = sticky
    this.#settle()
  }

  toEnd() {
    this.#follow(true)
    this.#settle()
  }

  /** Show a place (an element or a range) in the upper part; the end is followed only where both are in sight. */
  to(place) {
    const { top, height } = this.#element.getBoundingClientRect()
    this.#element.scrollTop += place.getBoundingClientRect().top - top - height / 4
    this.#lastTop = this.#element.scrollTop
    this.#follow(this.#rest < Math.min(NEAR, place.getBoundingClientRect().top - top))
  }

  /** Run a change that puts something before what is read, and keep that where it is. */
  holding(anchor, change) {
    const before = anchor.getBoundingClientRect().top
    this.#element.style.overflowAnchor = "none"
    change()
    this.#element.scrollTop += anchor.getBoundingClientRect().top - before
    this.#lastTop = this.#element.scrollTop
    requestAnimationFrame(() => { this.#element.style.overflowAnchor = "" })
  }

  /** Only a person scrolls up; growth leaves the position alone. */
  #scrolled() {
    const { scrollTop } = this.#element
    if (scrollTop === this.#lastTop) return // Not a person: what was set here.
    if (this.#rest < NEAR) this.#follow(true)
    else if (this.#sticky && scrollTop < this.#lastTop) this.#follow(false)
    this.#lastTop = scrollTop
  }

  /** How far it is to the end, in pixels. */
  get #rest() {
    const { scrollTop, scrollHeight, clientHeight } = this.#element
    return scrollHeight - scrollTop - clientHeight
  }

  #settle() {
    if (!this.#following || !this.#sticky) return
    this.#element.scrollTop = this.#element.scrollHeight
    this.#lastTop = this.#element.scrollTop
  }

  #follow(following) {
    if (following === this.#following) return
    this.#following = following
    this.#changed(following)
  }
}
