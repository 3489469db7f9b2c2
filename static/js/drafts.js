const PREFIX = "chatapp.draft."

/** What was typed and not sent, by conversation (null: a new one). */
export class Drafts {
  #storage

  constructor(storage) { this.#storage = storage }

  get(conversationId) { return this.#storage.getItem(PREFIX + (conversationId ?? "new")) ?? "" }

  set(conversationId, text) {
    const key = PREFIX + (conversationId ?? "new")
    if (text) this.#storage.setItem(key, text)
    else this.#storage.removeItem(key)
  }
}
