const KEY = "chatapp.place."

/** Where the reader of this tab was in each conversation, also after a reload; the end is not stored. */
export class ReadingPositionStore {
  #storage

  constructor(storage) {
    this.#storage = storage
  }

  /** Store a position, {message, depth, …}; null removes it. */
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

  /** The number of messages from there to the newest. */
  depthOf(conversationId) {
    return this.of(conversationId)?.depth ?? 0
  }
}
