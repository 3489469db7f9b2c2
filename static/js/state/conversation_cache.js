const MAX = 12

/** The last open conversations of this tab, shown at once when they are opened again. */
export class ConversationCache {
  #states = new Map()

  keep(id, state) {
    this.#states.delete(id)
    this.#states.set(id, state)
    if (this.#states.size > MAX) this.#states.delete(this.#states.keys().next().value)
  }

  take(id) {
    const state = this.#states.get(id) ?? null
    this.#states.delete(id)
    return state
  }

  forget(id) {
    this.#states.delete(id)
  }
}
