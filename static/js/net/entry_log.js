/** The kind of an entry without a text: all text of the generation before it was reasoning, which has ended. */
export const TEXT_WAS_REASONING = "text_was_reasoning"

/** @typedef {{ seq: number, kind: Wire.EntryKind | "end", text?: string, message?: Wire.Message }} Entry */

/**
 * The order of one generation's token log in this tab: gapless, each entry once. It stores no text, it decides what can
 * be applied now.
 */
export class EntryLog {
  #last = 0
  /** @type {Map<number, Entry>} */
  #outOfOrder = new Map()
  #held = false
  #ended = false

  get last() {
    return this.#last
  }
  get ended() {
    return this.#ended
  }

  /** Whether an earlier entry is missing and not requested yet. */
  get needsResume() {
    return this.#outOfOrder.size > 0 && !this.#held && !this.#ended
  }

  /**
   * Take a live entry; return the entries that can be applied now, in order.
   * @param {Entry} entry
   */
  accept(entry) {
    if (this.#ended || entry.seq <= this.#last) return []
    this.#outOfOrder.set(entry.seq, entry)
    return this.#held ? [] : this.#takeReady()
  }

  /**
   * Buffer live entries until a resume is answered; return the seq to resume from. The response is merged, so it only
   * fits a log that has not moved since the request.
   */
  hold() {
    this.#held = true
    return this.#last
  }

  release() {
    this.#held = false
    return this.#takeReady()
  }

  /**
   * Take the merged entries after `after`, up to seq; return what can be applied now. Merged entries cannot be split,
   * so the response to an older request is ignored.
   * @param {number} after
   * @param {Entry[]} entries
   * @param {number} seq
   */
  fill(after, entries, seq) {
    this.#held = false
    if (this.#ended || after !== this.#last) return this.#takeReady()
    this.#last = Math.max(after, seq)
    for (const known of this.#outOfOrder.keys()) if (known <= this.#last) this.#outOfOrder.delete(known)
    return [...entries, ...this.#takeReady()]
  }

  #takeReady() {
    const ready = []
    while (this.#outOfOrder.has(this.#last + 1) && !this.#ended) {
      this.#last += 1
      const entry = this.#outOfOrder.get(this.#last)
      this.#outOfOrder.delete(this.#last)
      this.#ended = entry.kind === "end"
      ready.push(entry)
    }
    return ready
  }
}
