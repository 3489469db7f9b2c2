const KEY = "chatapp.place."

/** Where the reader of this tab is in each conversation, also after a reload; at the end is nowhere. */
export class ReadingPositionStore {
  #storage

  constructor(storage) { this.#storage = storage }

  /** Keep a place, {message, depth, …}; null forgets it. */
  keep(conversationId, place) {
    if (place) this.#storage.setItem(KEY + conversationId, JSON.stringify(place))
    else this.#storage.removeItem(KEY + conversationId)
  }

  of(conversationId) {
    try {
      return JSON.parse(this.#storage.getItem(KEY + conversationId))
    } catch {
      return null
    }
  }

  /** How many of the newest messages there are from there on. */
  depthOf(conversationId) { return this.of(conversationId)?.depth ?? 0 }
}
