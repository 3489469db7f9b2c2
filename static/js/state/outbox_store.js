import { Emitter } from "../base/emitter.js"

/** @import { OwnerStorage } from "../base/owner_storage.js" */

/**
 * A command that the server has not acknowledged. `tab` sent it; `place` is its queue: a conversation's id, or "new:…"
 * for a tab's new one; `replaces` is the message that it replaces on the screen.
 * @typedef {{ id: string, number: number, tab: string, place: string, command: OutboxCommand,
 *   payload: OutboxPayload, replaces: string | null, state: "sending" | "failed", error: Wire.ErrorAck | null,
 *   at: number }} OutboxEntry
 */
/** @typedef {"send_message" | "edit_message" | "regenerate"} OutboxCommand */
/** @typedef {Partial<Wire.Commands["send_message"][0] & Wire.Commands["edit_message"][0]>} OutboxPayload */

const PREFIX = "chatapp.outbox."

/**
 * The outbox entries in local storage, shared by all tabs. Each has its own key, so that tabs do not overwrite each
 * other. Emits "changed" for changes of any tab.
 * @extends {Emitter<{ changed: [] }>}
 */
export class OutboxStore extends Emitter {
  #storage
  /** @type {Map<string, OutboxEntry>} */
  #entries = new Map()

  /** @param {{ storage: OwnerStorage }} parts */
  constructor({ storage }) {
    super()
    this.#storage = storage
    for (const key of storage.keys(PREFIX)) this.#read(key, storage.getItem(key))
    storage.watch((key, value) => {
      if (!key.startsWith(PREFIX)) return
      this.#read(key, value)
      this.emit("changed")
    })
  }

  /** All entries, oldest first. */
  get all() {
    return [...this.#entries.values()].sort((one, other) => one.number - other.number || (one.id < other.id ? -1 : 1))
  }

  /** @param {string} id */
  get(id) {
    return this.#entries.get(id) ?? null
  }

  /**
   * Store entries; emits one change.
   * @param {OutboxEntry[]} entries
   */
  put(...entries) {
    for (const entry of entries) {
      this.#entries.set(entry.id, entry)
      this.#storage.setItem(PREFIX + entry.id, JSON.stringify(entry))
    }
    this.emit("changed")
  }

  /** @param {string} id */
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
