/** @import { Conversation } from "./conversation.js" */

const MAX = 12

/** The last open conversations of this tab, shown at once when they are opened again. */
export class ConversationCache {
  /** @type {Map<string, Conversation["state"]>} */
  #states = new Map()

  /**
   * @param {string} id
   * @param {Conversation["state"]} state
   */
  keep(id, state) {
    this.#states.delete(id)
    this.#states.set(id, state)
    if (this.#states.size > MAX) this.#states.delete(this.#states.keys().next().value)
  }

  /** @param {string | null} id */
  take(id) {
    const state = this.#states.get(id) ?? null
    this.#states.delete(id)
    return state
  }

  /** @param {string} id */
  forget(id) {
    this.#states.delete(id)
  }
}
