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
  async run(queue, { force = false } = {}) {
    if (force) {
      this.#forced.add(this.#first(queue)?.id)
      this.#paused.delete(queue)
    }
    if (this.#busy.has(queue)) return this.#again.add(queue)
    if (!this.#next(queue)) return
    this.#busy.add(queue)
    do {
      this.#again.delete(queue)
      await this.#tabs.runExclusively(`chatapp.outbox ${queue}`, () => this.#deliverAll(queue))
    } while (this.#again.has(queue) && this.#next(queue))
    this.#busy.delete(queue)
  }

  async #deliverAll(queue) {
    for (let entry = this.#next(queue); entry; entry = this.#next(queue)) {
      this.#forced.delete(entry.id)
      if (!(await this.#deliver(entry))) return
    }
  }

  #first(queue) {
    return this.#store.all.find((entry) => entry.place === queue) ?? null
  }

  #next(queue) {
    const entry = this.#paused.has(queue) ? null : this.#first(queue)
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
  #pause(queue, seconds) {
    this.#paused.add(queue)
    this.#later(() => this.run(queue, { force: true }), (seconds ?? RETRY_S) * 1000)
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
    const queue = conversation?.id ?? entry.place
    const [next, ...others] = this.#store.all.filter((one) => one.place === entry.place && one.id !== entry.id)
    if (!next) return
    const below = next.command === "send_message" ? { parent_id: parentId } : {}
    const moved = (one, more = {}) => ({
      ...one,
      place: queue,
      payload: { ...one.payload, ...(one.command === "send_message" ? { conversation_id: queue } : {}), ...more },
    })
    // The answer may have ended before its ack came: try; the server refuses if it is too early.
    if (next.command === "send_message") this.#forced.add(next.id)
    this.#store.put(
      { ...moved(next, below), after: below.parent_id ? after : null },
      ...others.map((one) => moved(one)),
    )
  }
}
