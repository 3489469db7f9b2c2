/**
 * The questions that wait in the open conversation, in order, as the server has them: from its snapshot, then from the
 * events of each change.
 */
export class ConversationQueue {
  #revision = 0
  /** @type {Wire.Queued[]} */
  #questions = []

  get questions() {
    return this.#questions
  }

  /** @param {{ revision: number, questions: Wire.Queued[] }} snapshot */
  open({ revision, questions }) {
    this.#revision = revision
    this.#questions = questions
  }

  /**
   * Apply an event. Returns "changed", "old", or "gap" if an earlier one is missing.
   * @param {Wire.Fact} fact
   */
  apply({ queue: { revision, questions }, question }) {
    if (revision <= this.#revision) return "old"
    const known = new Map([...this.#questions, ...(question ? [question] : [])].map((one) => [one.id, one]))
    const isWhole = questions.every(({ id, revision: text }) => known.get(id)?.revision === text)
    if (revision > this.#revision + 1 || !isWhole) return "gap"
    this.#revision = revision
    this.#questions = questions.map((place) => ({ ...known.get(place.id), ...place }))
    return "changed"
  }
}
