import { onLayout } from "../../base/scheduling.js"
import { findReadingPosition, ReadingPosition } from "./reading_position.js"
import { UserScrolling } from "./user_scrolling.js"

const NEAR = 48
/** Positions are rounded, other than heights: what is laid out again may move by a pixel. */
const ROUNDING = 2
/** Not in Safari. */
const ANCHORS = globalThis.CSS?.supports("overflow-anchor", "auto") ?? false

/**
 * Owns scrolling: follows the end while the reader is there, else keeps the text in place when content above changes
 * size. During user scrolling that is left to the browser's scroll anchoring where available, as setting scrollTop
 * would stop the wheel. Layout is read after `layOut`, before the paint.
 */
export class Scroller {
  #element
  #content
  #changed
  #anchors
  #following = true
  #sticky = true
  #user
  #lastTop = 0
  #lastHeight = 0
  /** Whether an element beside the thread has changed since the last frame. */
  #isBesideChanged = false
  // biome-ignore lint/correctness/noUnusedPrivateClassMembers: `??=` reads it
  #frame = null
  /**
   * The position that is kept; null while the browser keeps it.
   * @type {ReadingPosition | null}
   */
  #position = null
  /** @type {HTMLElement | null} */
  #reserved = null

  /**
   * `changed` is called when following begins or ends; `content` holds the messages.
   * @param {{ element: HTMLElement, content: HTMLElement, changed: (following: boolean) => void,
   *   anchors?: boolean }} parts
   */
  constructor({ element, content, changed, anchors = ANCHORS }) {
    this.#element = element
    this.#content = content
    this.#changed = changed
    this.#anchors = anchors
    element.addEventListener("scroll", () => this.#scrolled(), { passive: true })
    element.addEventListener("scrollend", () => this.#rested())
    this.#user = new UserScrolling({ element, released: () => this.#settle() })
    const observer = new ResizeObserver(() => this.#settle())
    for (const one of new Set([element, content, content.parentElement])) observer.observe(one)
    onLayout(() => this.#settleUnmoved())
    this.#mark()
  }

  get following() {
    return this.#following
  }

  /** The current reading position, null at the end. */
  get position() {
    if (this.#following) return null
    return this.#position && this.#element.scrollTop === this.#lastTop ? this.#position : this.#look()
  }

  /** The scrolled distance in screens. */
  get screensAbove() {
    return this.#element.scrollTop / Math.max(1, this.#element.clientHeight)
  }

  /** Whether to follow the end; the empty page is read from its top. */
  set sticky(sticky) {
    if (sticky === this.#sticky) {
      this.#settleSoon()
      return
    }
    if (!sticky) this.#element.scrollTop = 0
    this.#sticky = sticky
    this.#settle()
  }

  /** Follow the end of what is shown next. */
  follow() {
    this.#user.forget()
    this.#follow(true)
  }

  toEnd() {
    this.#follow(true)
    this.#settle()
  }

  toStart() {
    this.#element.scrollTop = 0
  }

  /**
   * Stay at the end when an element beside the thread changes, its text boxes among it. What changes it may lay out in
   * between, as moving the focus does: the browser then corrects a position for a height that nobody sees, and that no
   * later one explains.
   * @param {Element} dock
   */
  keepBeside(dock) {
    const changed = () => {
      this.#isBesideChanged = true
      requestAnimationFrame(() => {
        this.#isBesideChanged = false // After the scroll event, which comes first in a frame.
      })
    }
    new MutationObserver(changed).observe(dock, { subtree: true, childList: true, characterData: true })
    dock.addEventListener("input", changed)
  }

  /**
   * Scroll to an element or range; follow the end only if both are visible.
   * @param {Element | Range} place
   */
  to(place) {
    this.keep(place, this.#element.clientHeight / 4)
    this.#follow(this.#rest < Math.min(NEAR, this.offsetOf(place)))
  }

  /**
   * Put a node `offset` pixels below the top and keep it there.
   * @param {Element | Range} node
   * @param {number} offset
   */
  keep(node, offset) {
    this.#follow(false)
    this.#position = new ReadingPosition(node, offset)
    this.#correct()
  }

  /**
   * Run a change and keep the reading position. `before(element)` returns the element to hold on to: the same, or one
   * before it if it is removed.
   * @param {() => void} change
   * @param {(element: Element) => Element | undefined} before
   */
  holding(change, before = (element) => element) {
    if (this.#following || !this.#sticky) return change()
    const position = this.position
    const kept = position && before(position.element)
    const stays = kept?.contains(position.element) ?? false
    const held = stays ? position : this.#endOf(kept)
    // Browsers do not anchor at the very top, nor to removed nodes.
    if (this.#position || !this.#anchors || !stays || this.#element.scrollTop < 1) this.#position = held
    change()
    this.#correct()
  }

  /**
   * What is read in an element may go: hold on to its beginning, at the top if that is above. Without anything below it
   * could not stay there, so the element stays as high as a screen, and the browser must not hold on to anything else.
   * @param {HTMLElement} element
   */
  emptying(element) {
    const { position } = this
    if (!position || !element.contains(position.element)) return
    this.#reserve(element)
    this.keep(element, Math.max(0, this.offsetOf(element)))
  }

  /** @param {HTMLElement | null} element */
  #reserve(element) {
    this.#reserved?.style.removeProperty("min-block-size")
    this.#reserved = element
    element?.style.setProperty("min-block-size", `${this.#element.clientHeight}px`)
    this.#mark()
  }

  /**
   * An element will be replaced.
   * @param {Element} old
   * @param {Element} fresh
   */
  replacing(old, fresh) {
    if (this.#position && old.contains(this.#position.element))
      this.#position = new ReadingPosition(fresh, this.offsetOf(old))
  }

  /**
   * The distance of a node from the top, in pixels.
   * @param {Element | Range} node
   */
  offsetOf(node) {
    return node.getBoundingClientRect().top - this.#top
  }

  /** Only the user scrolls up: growing keeps the position, shrinking keeps the end. */
  #scrolled() {
    const { scrollTop } = this.#element
    if (scrollTop === this.#lastTop) return // Set by us.
    const rest = this.#rest
    if (this.#following && this.#isClamped) {
      this.#note()
      return this.#settle()
    }
    const down = scrollTop > this.#lastTop
    this.#note()
    if (rest < 1 || (down && rest < NEAR)) this.#follow(true)
    else if (this.#sticky && !down) this.#follow(false)
    if (this.#reserved && this.#reserved.offsetHeight > this.#element.clientHeight) this.#reserve(null)
    this.#position = this.#following || (this.#anchors && !this.#reserved) ? null : this.#look()
  }

  /** Scrolling ended: keep the position ourselves where the browser does not. */
  #rested() {
    const top = this.#lastTop
    requestAnimationFrame(() =>
      setTimeout(() => {
        if (!this.#following && !this.#position && top === this.#element.scrollTop) this.#position = this.#look()
      }),
    )
  }

  /**
   * Whether the browser moved the text, because the position became larger than the largest possible one: something
   * folded, what is below the thread shrank, or a fraction of a pixel is cut. More text may have come since, but not a
   * screen of it; a jump by focus or find-in-page is farther from the end.
   */
  get #isClamped() {
    if (this.#isBesideChanged) return true
    const { scrollTop, scrollHeight, clientHeight } = this.#element
    const end = scrollHeight - clientHeight
    const folded = end < this.#lastTop && end - scrollTop < clientHeight / 2
    const most = Math.max(0, clientHeight - this.#lastHeight) + ROUNDING
    const widened = scrollTop < this.#lastTop && this.#lastTop - scrollTop < most
    return (folded || widened) && !this.#user.scrolls
  }

  /** What the next move is compared with. */
  #note() {
    this.#lastTop = this.#element.scrollTop
    this.#lastHeight = this.#element.clientHeight
  }

  /** The distance to the end, in pixels. */
  get #rest() {
    const { scrollTop, scrollHeight, clientHeight } = this.#element
    return scrollHeight - scrollTop - clientHeight
  }

  get #top() {
    return this.#element.getBoundingClientRect().top
  }

  #look() {
    return findReadingPosition(this.#content, this.#top)
  }

  #endOf(element) {
    return element && new ReadingPosition(element, element.getBoundingClientRect().bottom - this.#top, "bottom")
  }

  /** In the next frame, which lays out anyway. */
  #settleSoon() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null
      this.#settle()
    })
  }

  /** If focus or find-in-page scrolled, wait for the scroll event. */
  #settleUnmoved() {
    if (this.#element.scrollTop === this.#lastTop || (this.#following && this.#isClamped)) this.#settle()
  }

  #settle() {
    if (!this.#sticky || this.#user.touches) return
    if (!this.#following) return this.#restore()
    if (this.#rest >= 1) this.#element.scrollTop = this.#element.scrollHeight
    this.#note()
  }

  /** Restore the position, unless the user moved it; a scroll event follows then. */
  #restore() {
    const moved = this.#element.scrollTop !== this.#lastTop
    if (!moved || !this.#position || Math.abs(this.#drift) < 1) this.#correct()
  }

  /** Scroll anchoring by the browser is not user scrolling either. */
  #correct() {
    const drift = this.#drift
    if (Math.abs(drift) >= 1) this.#element.scrollTop += drift
    this.#note()
  }

  get #drift() {
    return this.#position?.connected ? this.#position.drift(this.#top) : 0
  }

  #follow(following) {
    if (following) {
      this.#position = null
      if (this.#reserved) this.#reserve(null)
    }
    if (following === this.#following) return
    this.#following = following
    this.#mark()
    this.#changed(following)
  }

  /** At the end, and where we hold on to something ourselves, disable the browser's anchoring. */
  #mark() {
    this.#element.toggleAttribute("data-following", this.#following)
    this.#element.toggleAttribute("data-holding", this.#reserved !== null)
  }
}
