import { onLayout } from "../../base/scheduling.js"
import { ReadingPosition, findReadingPosition } from "./reading_position.js"

const NEAR = 48
/** Safari has none. */
const ANCHORS = globalThis.CSS?.supports("overflow-anchor", "auto") ?? false

/**
 * Owns scrolling. Follows the end only while the reader is there; otherwise what is being read holds still, whatever
 * grows or shrinks above it. While the reader's hand moves the text, that is left to the browser where it can do it: a
 * position that is set would stop the wheel. Layout is read and written where it is done already: after it, before
 * what it led to is painted.
 */
export class Scroller {
  #element
  #content
  #changed
  #anchors
  #following = true
  #sticky = true
  #touched = false
  #lastTop = 0
  #frame = null
  /** What the reader looks at, and where in the window it stands; null while the browser keeps it. */
  #position = null

  /** `changed` is called when following begins or ends; `content` holds one element after the other. */
  constructor({ element, content, changed, anchors = ANCHORS }) {
    this.#element = element
    this.#content = content
    this.#changed = changed
    this.#anchors = anchors
    element.addEventListener("scroll", () => this.#scrolled(), { passive: true })
    element.addEventListener("scrollend", () => this.#rested())
    for (const name of ["touchstart", "touchend", "touchcancel"]) {
      element.addEventListener(name, ({ touches }) => this.#touch(touches.length > 0), { passive: true })
    }
    const observer = new ResizeObserver(() => this.#settle())
    for (const one of new Set([element, content, content.parentElement])) observer.observe(one)
    onLayout(() => this.#settleUntouched())
    this.#mark()
  }

  get following() { return this.#following }

  /** What is read now, {node, offset} within the content; null at the end, which has no other place. */
  get position() {
    if (this.#following) return null
    return this.#position && this.#element.scrollTop === this.#lastTop ? this.#position : this.#look()
  }

  /** How many screens are above what is seen. */
  get screensAbove() { return this.#element.scrollTop / Math.max(1, this.#element.clientHeight) }

  /** Whether there is an end to follow; the empty page is read from its top. */
  set sticky(sticky) {
    if (sticky === this.#sticky) return this.#settleSoon()
    if (!sticky) this.#element.scrollTop = 0
    this.#sticky = sticky
    this.#settle()
  }

  /** Go to the end of what is shown next. */
  follow() { this.#follow(true) }

  toEnd() {
    this.#follow(true)
    this.#settle()
  }

  toStart() { this.#element.scrollTop = 0 }

  /** Show a place (an element or a range) in the upper part; the end is followed only where both are in sight. */
  to(place) {
    this.keep(place, this.#element.clientHeight / 4)
    this.#follow(this.#rest < Math.min(NEAR, this.offsetOf(place)))
  }

  /** Put a node where it was, `offset` pixels below the upper edge, and keep it there. */
  keep(node, offset) {
    this.#follow(false)
    this.#position = new ReadingPosition(node, offset)
    this.#correct()
  }

  /**
   * Run a change and keep what is read where it is. `before` is what stays before an element that goes: then its end
   * is kept; the element itself where it stays.
   */
  holding(change, before = (element) => element) {
    if (this.#following || !this.#sticky) return change()
    const position = this.position
    const kept = position && before(position.element)
    const stays = kept?.contains(position.element) ?? false
    const held = stays ? position : this.#endOf(kept)
    // The browser anchors to nothing at the very top, nor to what goes.
    if (this.#position || !this.#anchors || !stays || this.#element.scrollTop < 1) this.#position = held
    change()
    this.#correct()
  }

  /** An element is about to give its place to another. */
  replacing(old, fresh) {
    if (this.#position && old.contains(this.#position.element)) this.#position = new ReadingPosition(fresh, this.offsetOf(old))
  }

  /** How far below the upper edge a node begins, in pixels. */
  offsetOf(node) { return node.getBoundingClientRect().top - this.#top }

  /** Only a person goes up: growth leaves the position alone, and a shrinking end stays the end. */
  #scrolled() {
    const { scrollTop } = this.#element
    if (scrollTop === this.#lastTop) return // What was set here.
    const rest = this.#rest
    const down = scrollTop > this.#lastTop
    this.#lastTop = scrollTop
    if (rest < 1 || (down && rest < NEAR)) this.#follow(true)
    else if (this.#sticky && !down) this.#follow(false)
    this.#position = this.#following || this.#anchors ? null : this.#look()
  }

  /** The hand rests: from now on the place is kept also where the browser would not. */
  #rested() {
    const top = this.#lastTop
    requestAnimationFrame(() => setTimeout(() => {
      if (!this.#following && !this.#position && top === this.#element.scrollTop) this.#position = this.#look()
    }))
  }

  /** A finger on the text holds it. */
  #touch(touched) {
    this.#touched = touched
    if (!touched) this.#settle()
  }

  /** How far it is to the end, in pixels. */
  get #rest() {
    const { scrollTop, scrollHeight, clientHeight } = this.#element
    return scrollHeight - scrollTop - clientHeight
  }

  get #top() { return this.#element.getBoundingClientRect().top }

  #look() { return findReadingPosition(this.#content, this.#top) }

  #endOf(element) { return element && new ReadingPosition(element, element.getBoundingClientRect().bottom - this.#top, "bottom") }

  /** With the next frame, which lays out in any case: whoever draws need not wait for a layout. */
  #settleSoon() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null
      this.#settle()
    })
  }

  /** What moved the text since, as the reader's focus or search may, is told by its event first. */
  #settleUntouched() { if (this.#element.scrollTop === this.#lastTop) this.#settle() }

  #settle() {
    if (!this.#sticky || this.#touched) return
    if (!this.#following) return this.#restore()
    if (this.#rest >= 1) this.#element.scrollTop = this.#element.scrollHeight
    this.#lastTop = this.#element.scrollTop
  }

  /** Undo what moved the place, unless it was the reader, which their scroll event will tell in a moment. */
  #restore() {
    const moved = this.#element.scrollTop !== this.#lastTop
    if (!moved || !this.#position || Math.abs(this.#drift) < 1) this.#correct()
  }

  /** What the browser did to keep the place is no scrolling of the reader either. */
  #correct() {
    const drift = this.#drift
    if (Math.abs(drift) >= 1) this.#element.scrollTop += drift
    this.#lastTop = this.#element.scrollTop
  }

  get #drift() { return this.#position?.connected ? this.#position.drift(this.#top) : 0 }

  #follow(following) {
    if (following) this.#position = null
    if (following === this.#following) return
    this.#following = following
    this.#mark()
    this.#changed(following)
  }

  /** At the end nothing is anchored but the end. */
  #mark() { this.#element.toggleAttribute("data-following", this.#following) }
}
