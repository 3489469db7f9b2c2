const MOST = 12

/** The conversations that were open in this tab a while ago, so that one is shown at once when it comes again. */
export class ConversationCache {
  #states = new Map()

  keep(id, state) {
    this.#states.delete(id)
    this.#states.set(id, state)
    if (this.#states.size > MOST) this.#states.delete(this.#states.keys().next().value)
  }

  take(id) {
    const state = this.#states.get(id) ?? null
    this.#states.delete(id)
    return state
  }

  forget(id) { this.#states.delete(id) }
}
