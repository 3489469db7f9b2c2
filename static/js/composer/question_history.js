/** Walks through the questions that were asked before, as a shell does: the newest first, and back. */
export class QuestionHistory {
  #questions = []
  #at = -1

  get active() { return this.#at >= 0 }

  /** Which one is recalled, counted from the newest, and of how many: {n, total}. */
  get place() { return { n: this.#at + 1, total: this.#questions.length } }

  /** Begin with questions, the newest first. */
  begin(questions) {
    this.#questions = questions
    this.#at = -1
  }

  /** Go to an older one (1) or a newer one (-1): its text, "" beyond the newest, null where there is none. */
  step(by) {
    const at = this.#at + by
    if (at >= this.#questions.length || at < -1) return null
    this.#at = at
    return this.#questions[at] ?? ""
  }

  leave() { this.begin([]) }
}
