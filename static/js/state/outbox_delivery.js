import { Emitter } from "../base/emitter.js"

/** @import { BrowserTabs } from "../base/tabs.js" */
/** @import { CommandError } from "../net/connection.js" */
/** @import { OutboxCommand, OutboxEntry, OutboxPayload, OutboxStore } from "./outbox_store.js" */

/**
 * Rejects with the code "disconnected" if the connection is lost.
 * @typedef {(command: OutboxCommand, payload: OutboxPayload) => Promise<Wire.AnswerAck>} Send
 */
/** @typedef {(act: () => void, ms: number) => any} Later */

const RETRY_S = 1

/**
 * Delivers the queues of the outbox in order: one entry at a time, from one tab only. If two tabs try, the
 * client_message_id makes it one message.
 * Emits "sent" (entry, ack), "failed" (entry), and "orphaned" (entry, error) if the conversation is gone.
 * @extends {Emitter<{ sent: [OutboxEntry, Wire.AnswerAck], failed: [OutboxEntry],
 *   orphaned: [OutboxEntry, Wire.ErrorAck] }>}
 */
export class OutboxDelivery extends Emitter {
  #send
  #store
  #tabs
  #now
  #later
  /** @type {Set<string>} */
  #busy = new Set()
  /** @type {Set<string>} */
  #again = new Set()
  /** @type {Set<string>} */
  #paused = new Set()

  /** @param {{ send: Send, store: OutboxStore, tabs: BrowserTabs, now: () => number, later: Later }} parts */
  constructor({ send, store, tabs, now, later }) {
    super()
    this.#send = send
    this.#store = store
    this.#tabs = tabs
    this.#now = now
    this.#later = later
  }

  /**
   * Deliver what is due; with `force` also to a server that was restarting.
   * @param {string} queue
   */
  async run(queue, { force = false } = {}) {
    if (force) this.#paused.delete(queue)
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
      if (!(await this.#deliver(entry))) return
    }
  }

  #first(queue) {
    return this.#store.all.find((entry) => entry.place === queue) ?? null
  }

  #next(queue) {
    const entry = this.#paused.has(queue) ? null : this.#first(queue)
    return entry?.state === "sending" ? entry : null
  }

  /**
   * Returns whether to go on with the next entry.
   * @param {OutboxEntry} entry
   */
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

  /**
   * @param {OutboxEntry} entry
   * @param {CommandError} error
   */
  #onRefused({ id, place }, { code, message, retryAfter, scope, reason, detail }) {
    if (code === "disconnected") return false
    if (code === "unavailable") return this.#pause(place, retryAfter)
    const entry = this.#store.get(id)
    if (entry?.state !== "sending") return true // Discarded meanwhile, or sent from two tabs.
    const more = Object.entries({ scope, reason, detail }).filter(([, value]) => value)
    const error = { code, message, retry_after: retryAfter, ...Object.fromEntries(more) }
    if (code === "not_found") {
      this.#store.remove(id)
      this.emit("orphaned", entry, error)
    } else this.#fail(entry, error)
    return true
  }

  /**
   * @param {OutboxEntry} entry
   * @param {Wire.ErrorAck} error
   */
  #fail(entry, error) {
    /** @type {OutboxEntry} */
    const failed = { ...entry, state: "failed", error, at: this.#now() }
    this.#store.put(failed)
    this.emit("failed", failed)
  }

  /**
   * The server is shutting down: retry later.
   * @param {string} queue
   * @param {number | null} seconds
   */
  #pause(queue, seconds) {
    this.#paused.add(queue)
    this.#later(() => this.run(queue, { force: true }), (seconds ?? RETRY_S) * 1000)
    return false
  }

  /**
   * @param {OutboxEntry} entry
   * @param {Wire.AnswerAck} ack
   */
  #onAccepted({ id }, ack) {
    const entry = this.#store.get(id)
    if (!entry) return
    this.#moveFollowers(entry, ack)
    this.emit("sent", entry, ack)
    this.#store.remove(id)
  }

  /**
   * Move the queue to the new conversation, and its next message below the answer, where it waits on the server.
   * @param {OutboxEntry} entry
   * @param {Wire.AnswerAck} ack
   */
  #moveFollowers(entry, { conversation, assistant_message_id: answerId, queued }) {
    const queue = conversation?.id ?? entry.place
    const [next, ...others] = this.#store.all.filter((one) => one.place === entry.place && one.id !== entry.id)
    if (!next) return
    const below = next.command === "send_message" ? { parent_id: queued?.parent_id ?? answerId, queue: true } : {}
    const moved = (one, more = {}) => ({
      ...one,
      place: queue,
      payload: { ...one.payload, ...(one.command === "send_message" ? { conversation_id: queue } : {}), ...more },
    })
    this.#store.put(moved(next, below), ...others.map((one) => moved(one)))
  }
}
