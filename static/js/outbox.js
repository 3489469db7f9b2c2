import { Emitter } from "./emitter.js"
import { uuid } from "./uuid.js"

const KEY = "chatapp.outbox"

/**
 * What the person sent and the server has not acknowledged: one entry per conversation, kept over a reload,
 * sent with one client_message_id until there is an ack. An entry is
 * {id, conversationId (null: a new one), command, payload, replaces, state: "sending" | "failed", error, at}.
 * Emits "changed", "sent" (entry, ack) and "failed" (entry).
 */
export class Outbox extends Emitter {
  #send
  #storage
  #now
  #newId
  #entries = []

  constructor({ send, storage, newId = uuid, now = Date.now }) {
    super()
    this.#send = send
    this.#storage = storage
    this.#newId = newId
    this.#now = now
    this.#entries = JSON.parse(storage.getItem(KEY) ?? "[]")
  }

  /** Send what an earlier life of this page left. */
  start() {
    for (const entry of this.#entries) if (entry.state === "sending") this.#deliver(entry)
  }

  get empty() { return this.#entries.length === 0 }

  of(conversationId) { return this.#entries.find((entry) => entry.conversationId === conversationId) ?? null }

  /** Keep a command and send it; `replaces` names the message whose place it takes on the screen. */
  add({ conversationId, command, payload, replaces = null }) {
    const id = this.#newId()
    const entry = {
      id, conversationId, command, replaces, payload: { ...payload, client_message_id: id },
      state: "sending", error: null, at: this.#now(),
    }
    this.#entries.push(entry)
    this.#changed()
    this.#deliver(entry)
    return entry
  }

  retry(entry) {
    Object.assign(entry, { state: "sending", error: null, at: this.#now() })
    this.#changed()
    this.#deliver(entry)
  }

  discard(entry) {
    this.#entries = this.#entries.filter((one) => one !== entry)
    this.#changed()
  }

  async #deliver(entry) {
    let ack
    try {
      ack = await this.#send(entry.command, entry.payload)
    } catch ({ code, message, retryAfter }) {
      Object.assign(entry, { state: "failed", error: { code, message, retry_after: retryAfter }, at: this.#now() })
      this.#changed()
      return this.emit("failed", entry)
    }
    this.#entries = this.#entries.filter((one) => one !== entry)
    this.emit("sent", entry, ack)
    this.#changed()
  }

  #changed() {
    this.#storage.setItem(KEY, JSON.stringify(this.#entries))
    this.emit("changed")
  }
}
