/** Counts the paragraphs that begin in a stream of text; a break may be cut anywhere. */
export class ParagraphCounter {
  #newlines = 2

  count = 0

  feed(text) {
    for (const [run] of text.matchAll(/[\n\r]+|[^\n\r]+/g)) {
      const breaks = run.split("\n").length - 1
      if (breaks > 0) {
        this.#newlines += breaks
      } else if (run.trim()) {
        if (this.#newlines >= 2) this.count += 1
        this.#newlines = 0
      }
    }
  }

  /** Start anew; what comes next begins a paragraph. */
  reset() {
    this.count = 0
    this.#newlines = 2
  }
}
