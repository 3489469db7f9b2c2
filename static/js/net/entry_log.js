/**
 * What one tab has of a generation's token log: in order, without gaps, each entry once.
 * An entry is {seq, kind, text}; kind is "text", "reasoning" or "end". The log holds no text, it only decides
 * what may be applied now.
 */
export class EntryLog {
  #last = 0
  #outOfOrder = new Map()
  #held = false
  #ended = false

  get last() { return this.#last }
  get ended() { return this.#ended }

  /** An earlier entry is missing, and nobody has asked for it yet. */
  get needsResume() { return this.#outOfOrder.size > 0 && !this.#held && !this.#ended }

  /** Take one live entry; return what may be applied now, in order. */
  accept(entry) {
    if (this.#ended || entry.seq <= this.#last) return []
    this.#outOfOrder.set(entry.seq, entry)
    return this.#held ? [] : this.#takeReady()
  }

  /**
   * Hold live entries until the answer to a resume is here, and return the seq to ask from.
   * The answer comes merged: it fits only a log that has not moved since the question.
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
   * Take the merged entries that follow `after` and end at seq; return what may be applied now.
   * A merged entry cannot be cut, so an answer to an older question is let go.
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
