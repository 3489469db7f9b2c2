const PART = 0.9

/** Keys that scroll the messages also while the focus is elsewhere: on nothing, or in a box that does not need them. */
export class ThreadKeys {
  #thread

  constructor(thread) { this.#thread = thread }

  pageUp(event) { return this.#free(event, true) && this.#by(-PART) }
  pageDown(event) { return this.#free(event, true) && this.#by(PART) }
  toFirst(event) { return this.#free(event, false) && this.#to(0) }
  toLatest(event) { return this.#free(event, false) && this.#to(this.#thread.scrollHeight) }

  /** Whoever has the focus comes first: lists scroll themselves, and in a text Home and End move in the line. */
  #free({ target }, isPage) {
    if (target === target.ownerDocument.body) return true
    return isPage && target.matches("textarea") && target.scrollHeight <= target.clientHeight + 1
  }

  #by(part) {
    this.#thread.scrollBy({ top: part * this.#thread.clientHeight })
    return true
  }

  #to(top) {
    this.#thread.scrollTo({ top })
    return true
  }
}
