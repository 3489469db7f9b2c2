/** Recalls earlier questions, newest first, like a shell. */
export class QuestionHistory {
  /** @type {string[]} */
  #questions = []
  #at = -1

  get active() {
    return this.#at >= 0
  }

  /** The position of the recalled one, from the newest: {n, total}. */
  get place() {
    return { n: this.#at + 1, total: this.#questions.length }
  }

  /**
   * Start with these questions, newest first.
   * @param {string[]} questions
   */
  begin(questions) {
    this.#questions = questions
    this.#at = -1
  }

  /**
   * Step to an older (1) or newer (-1) one: its text, "" after the newest, null if there is none.
   * @param {number} by
   */
  step(by) {
    const at = this.#at + by
    if (at >= this.#questions.length || at < -1) return null
    this.#at = at
    return this.#questions[at] ?? ""
  }

  leave() {
    this.begin([])
  }
}
