import { Emitter } from "../base/emitter.js"

const RETRY_S = 1

/**
 * Delivers the queues of the outbox in order: one entry at a time, from one tab only. If two tabs try, the
 * client_message_id makes it one message.
 * Emits "sent" (entry, ack), "failed" (entry), and "orphaned" (entry, error) if the conversation is gone.
 */
export class OutboxDelivery extends Emitter {
  #send
  #store
  #tabs
  #now
  #later
  #busy = new Set()
  #again = new Set()
  #forced = new Set()
  #paused = new Set()

  constructor({ send, store, tabs, now, later }) {
    super()
    this.#send = send
    this.#store = store
    this.#tabs = tabs
    this.#now = now
    this.#later = later
  }

  /** Deliver what is due; with `force` also what waits for an answer, whose end may have been missed. */
  async run(place, { force = false } = {}) {
    if (force) {
      this.#forced.add(this.#first(place)?.id)
      this.#paused.delete(place)
    }
    if (this.#busy.has(place)) return this.#again.add(place)
    if (!this.#next(place)) return
    this.#busy.add(place)
    do {
      this.#again.delete(place)
      await this.#tabs.runExclusively(`chatapp.outbox ${place}`, () => this.#deliverAll(place))
    } while (this.#again.has(place) && this.#next(place))
    this.#busy.delete(place)
  }

  async #deliverAll(place) {
    for (let entry = this.#next(place); entry; entry = this.#next(place)) {
      this.#forced.delete(entry.id)
      if (!await this.#deliver(entry)) return
    }
  }

  #first(place) { return this.#store.all.find((entry) => entry.place === place) ?? null }

  #next(place) {
    const entry = this.#paused.has(place) ? null : this.#first(place)
    return entry?.state === "sending" && (!entry.after || this.#forced.has(entry.id)) ? entry : null
  }

  /** Returns whether to go on with the next entry. */
  async #deliver(entry) {
    let ack
    try {
      ack = await this.#send(entry.command, entry.payload)
    } catch (error) {
      return this.#onRefused(entry, error)
    }
    this.#onAccepted(entry, ack)
    return true
  }

  #onRefused({ id, place, after }, { code, message, retryAfter }) {
    if (code === "disconnected") return false
    if (code === "unavailable") return this.#pause(place, retryAfter)
    const entry = this.#store.get(id)
    if (entry?.state !== "sending") return true // Discarded meanwhile, or sent from two tabs.
    if (code === "conflict" && after) return true // The answer before it is still running, or has just ended.
    const error = { code, message, retry_after: retryAfter }
    if (code === "not_found") {
      this.#store.remove(id)
      this.emit("orphaned", entry, error)
    } else this.#fail(entry, error)
    return true
  }

  #fail(entry, error) {
    const failed = { ...entry, state: "failed", error, at: this.#now() }
    this.#store.put(failed)
    this.emit("failed", failed)
  }

  /** The server is shutting down: retry later. */
  #pause(place, seconds = RETRY_S) {
    this.#paused.add(place)
    this.#later(() => this.run(place, { force: true }), seconds * 1000)
    return false
  }

  #onAccepted({ id }, ack) {
    const entry = this.#store.get(id)
    if (!entry) return
    this.#moveFollowers(entry, ack)
    this.emit("sent", entry, ack)
    this.#store.remove(id)
  }

  /** Move the queue to the new conversation, and its next message below the answer. */
  #moveFollowers(entry, { conversation, assistant_message_id: parentId, generation_id: after }) {
    const place = conversation?.id ?? entry.place
    const [next, ...others] = this.#store.all.filter((one) => one.place === entry.place && one.id !== entry.id)
    if (!next) return
    const below = next.command === "send_message" ? { parent_id: parentId } : {}
    const moved = (one, more = {}) => ({
      ...one, place,
      payload: { ...one.payload, ...(one.command === "send_message" ? { conversation_id: place } : {}), ...more },
    })
    // The answer may have ended before its ack came: try; the server refuses if it is too early.
    if (next.command === "send_message") this.#forced.add(next.id)
    this.#store.put({ ...moved(next, below), after: below.parent_id ? after : null }, ...others.map((one) => moved(one)))
  }
}
