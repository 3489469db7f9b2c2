import { Emitter } from "../base/emitter.js"

const PREFIX = "chatapp.outbox."

/**
 * The outbox entries in local storage, shared by all tabs. Each has its own key, so that tabs do not overwrite each
 * other. Emits "changed" for changes of any tab.
 */
export class OutboxStore extends Emitter {
  #storage
  #entries = new Map()

  constructor({ storage, window = globalThis.window }) {
    super()
    this.#storage = storage
    for (const key of storage.keys(PREFIX)) this.#read(key, storage.getItem(key))
    window.addEventListener("storage", ({ key, newValue }) => {
      if (!key?.startsWith(PREFIX)) return
      this.#read(key, newValue)
      this.emit("changed")
    })
  }

  /** All entries, oldest first. */
  get all() {
    return [...this.#entries.values()].sort((one, other) => one.number - other.number || (one.id < other.id ? -1 : 1))
  }

  get(id) {
    return this.#entries.get(id) ?? null
  }

  /** Store entries; emits one change. */
  put(...entries) {
    for (const entry of entries) {
      this.#entries.set(entry.id, entry)
      this.#storage.setItem(PREFIX + entry.id, JSON.stringify(entry))
    }
    this.emit("changed")
  }

  remove(id) {
    this.#entries.delete(id)
    this.#storage.removeItem(PREFIX + id)
    this.emit("changed")
  }

  #read(key, value) {
    const id = key.slice(PREFIX.length)
    try {
      const entry = JSON.parse(value)
      if (entry) this.#entries.set(id, entry)
      else this.#entries.delete(id)
    } catch {
      this.#entries.delete(id)
    }
  }
}
