const PART = 0.9

/** Scrolls the messages by key while nothing that needs the key has the focus. */
export class ThreadKeys {
  #thread

  /** @param {HTMLElement} thread */
  constructor(thread) {
    this.#thread = thread
  }

  pageUp(event) {
    return this.#free(event, true) && this.#by(-PART)
  }
  pageDown(event) {
    return this.#free(event, true) && this.#by(PART)
  }
  toFirst(event) {
    return this.#free(event, false) && this.#to(0)
  }
  toLatest(event) {
    return this.#free(event, false) && this.#to(this.#thread.scrollHeight)
  }

  /** The focused element comes first: lists scroll themselves; in text, Home and End move in the line. */
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
