/** @import { OwnerStorage } from "../../base/owner_storage.js" */

/**
 * A position: the message, the path to a node in it, their distances from the top in pixels, and the number of messages
 * from there to the newest.
 * @typedef {{ message: string, path: number[], offset: number, messageOffset: number, depth: number }} Place
 */

const KEY = "chatapp.place."

/** Where the reader of this tab was in each conversation, also after a reload; the end is not stored. */
export class ReadingPositionStore {
  #storage

  /** @param {OwnerStorage} storage */
  constructor(storage) {
    this.#storage = storage
  }

  /**
   * Store a position; null removes it.
   * @param {string} conversationId
   * @param {Place | null} place
   */
  keep(conversationId, place) {
    if (place) this.#storage.setItem(KEY + conversationId, JSON.stringify(place))
    else this.#storage.removeItem(KEY + conversationId)
  }

  /**
   * @param {string | null} conversationId
   * @returns {Place | null}
   */
  of(conversationId) {
    try {
      return JSON.parse(this.#storage.getItem(KEY + conversationId))
    } catch {
      return null
    }
  }

  /**
   * The number of messages from there to the newest.
   * @param {string | null} conversationId
   */
  depthOf(conversationId) {
    return this.of(conversationId)?.depth ?? 0
  }
}
