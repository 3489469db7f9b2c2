import { Emitter } from "../base/emitter.js"
import { uuid } from "../base/uuid.js"
import { OutboxDelivery } from "./outbox_delivery.js"

/** @import { BrowserTabs } from "../base/tabs.js" */
/** @import { Later, Send } from "./outbox_delivery.js" */
/** @import { OutboxCommand, OutboxEntry, OutboxPayload, OutboxStore } from "./outbox_store.js" */

const NEW = "new:"

/**
 * Commands of all tabs that the server has not acknowledged. Each queue (a conversation, or a tab's new one) delivers
 * its first entry, from one tab at a time and with the same client_message_id until it is acknowledged; the next one
 * then waits on the server, until the answer has ended.
 * Emits "changed", "lost" (error) for commands that cannot be retried, and in every tab "sent" (entry, ack) and
 * "failed" (entry).
 * @extends {Emitter<{ changed: [], lost: [Wire.ErrorAck], sent: [OutboxEntry, Wire.AnswerAck],
 *   failed: [OutboxEntry] }>}
 */
export class Outbox extends Emitter {
  #store
  #tabs
  #channel
  #delivery
  #newId
  #now

  /**
   * @param {{ send: Send, store: OutboxStore, tabs: BrowserTabs, channel: BroadcastChannel, newId?: () => string,
   *   now?: () => number, later?: Later }} parts
   */
  constructor({ send, store, tabs, channel, newId = uuid, now = Date.now, later = (act, ms) => setTimeout(act, ms) }) {
    super()
    this.#store = store
    this.#tabs = tabs
    this.#channel = channel
    this.#newId = newId
    this.#now = now
    this.#delivery = new OutboxDelivery({ send, store, tabs, now, later })
    this.#delivery.on("sent", (entry, ack) => this.#broadcast("sent", entry, ack))
    this.#delivery.on("failed", (entry) => this.#broadcast("failed", entry))
    this.#delivery.on("orphaned", (entry, error) => this.#requeueAsNewConversation(entry, error))
    channel.addEventListener("message", ({ data: { name, entry, ack } }) => this.emit(name, entry, ack))
    store.on("changed", () => this.#changed())
  }

  get empty() {
    return this.#store.all.length === 0
  }

  /**
   * The entries of a conversation (null: of this tab's new one), in order.
   * @param {string | null} conversationId
   */
  list(conversationId) {
    return this.#store.all.filter((entry) => this.belongs(entry, conversationId))
  }

  /**
   * @param {OutboxEntry} entry
   * @param {string | null} conversationId
   */
  belongs({ place }, conversationId) {
    return place === (conversationId ?? NEW + this.#tabs.id)
  }

  /**
   * Whether this tab sent it.
   * @param {OutboxEntry} entry
   */
  isOwn({ tab }) {
    return tab === this.#tabs.id
  }

  /**
   * The conversation of an entry, null for a new one.
   * @param {OutboxEntry} entry
   */
  conversationOf({ place }) {
    return place.startsWith(NEW) ? null : place
  }

  /** Connected: deliver everything, also what other tabs left behind. */
  connected() {
    for (const queue of this.#queues) this.#delivery.run(queue, { force: true })
  }

  /**
   * Store a command and send it.
   * @param {{ conversationId: string | null, command: OutboxCommand, payload: OutboxPayload,
   *   replaces?: string | null }} request
   */
  add({ conversationId, command, payload, replaces = null }) {
    const id = this.#newId()
    const number = Math.max(this.#now(), (this.#store.all.at(-1)?.number ?? 0) + 1)
    /** @type {OutboxEntry} */
    const entry = {
      id,
      number,
      tab: this.#tabs.id,
      place: conversationId ?? NEW + this.#tabs.id,
      command,
      replaces,
      payload: { ...payload, client_message_id: id },
      state: "sending",
      error: null,
      at: this.#now(),
    }
    this.#store.put(entry)
    return entry
  }

  /**
   * Send a refused entry again, with `change` in its payload: the server has stored nothing of it.
   * @param {{ id: string }} entry
   * @param {Partial<OutboxPayload>} [change]
   */
  retry({ id }, change = {}) {
    const entry = this.#store.get(id)
    if (!entry) return
    const payload = { ...entry.payload, ...change }
    this.#store.put({ ...entry, payload, state: "sending", error: null, at: this.#now() })
  }

  /**
   * Remove an entry. The next one takes over its parent.
   * @param {{ id: string }} entry
   */
  discard({ id }) {
    const entry = this.#store.get(id)
    if (!entry) return
    const next = this.#store.all.filter(({ place }) => place === entry.place)[1]
    if (entry.command === "send_message" && next?.command === "send_message") {
      this.#store.put({ ...next, payload: { ...entry.payload, ...next.payload } })
    }
    this.#store.remove(id)
  }

  /** Detach the new conversation that is being sent, so another can begin here. Returns whether there was one. */
  setAside() {
    const entries = this.list(null)
    if (entries[0]?.state !== "sending") return false
    const place = `${NEW}${this.#tabs.id}/${this.#newId()}`
    this.#store.put(...entries.map((entry) => ({ ...entry, place })))
    return true
  }

  /** Take over the unsent new conversation of a closed tab, or one that failed after being detached. */
  async adoptOrphans() {
    if (this.list(null).length > 0) return
    const open = await this.#tabs.openIds()
    const orphan = this.#queues.find((queue) => this.#isOrphan(queue, open))
    if (!orphan || this.list(null).length > 0) return
    const entries = this.#store.all.filter(({ place }) => place === orphan)
    this.#store.put(...entries.map((entry) => ({ ...entry, place: NEW + this.#tabs.id, tab: this.#tabs.id })))
  }

  #isOrphan(queue, open) {
    if (!queue.startsWith(NEW)) return false
    const [tab] = queue.slice(NEW.length).split("/")
    if (tab !== this.#tabs.id) return !open.has(tab)
    return this.#store.all.find((entry) => entry.place === queue).state === "failed"
  }

  /**
   * The conversation is gone: keep the message as the failed start of a new one, in its tab, or here if that is closed.
   * @param {OutboxEntry} entry
   * @param {Wire.ErrorAck} error
   */
  async #requeueAsNewConversation({ payload: { content, model }, tab = this.#tabs.id, at, number }, error) {
    if (content === undefined) return this.emit("lost", error)
    const id = this.#newId()
    this.#store.put({
      id,
      number,
      tab,
      at,
      place: NEW + tab,
      command: "send_message",
      replaces: null,
      state: "failed",
      error,
      payload: { conversation_id: null, content, ...(model ? { model } : {}), client_message_id: id },
    })
    await this.adoptOrphans()
    const entry = this.#store.get(id)
    if (entry) this.#broadcast("failed", entry)
  }

  #broadcast(name, entry, ack = null) {
    this.#channel.postMessage({ name, entry, ack })
    this.emit(name, entry, ack)
  }

  get #queues() {
    return [...new Set(this.#store.all.map(({ place }) => place))]
  }

  #changed() {
    for (const queue of this.#queues) this.#delivery.run(queue)
    this.emit("changed")
  }
}
