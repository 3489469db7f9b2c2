import { OutboxDelivery } from "./outbox_delivery.js"
import { Emitter } from "../base/emitter.js"
import { uuid } from "../base/uuid.js"

const NEW = "new:"

/**
 * What was sent in any tab of this browser and the server has not acknowledged. Each place (a conversation, or the
 * page on which a tab begins a new one) is a queue: its first entry is delivered, by one tab at a time and with one
 * client_message_id until there is an ack; what follows it waits for the end of its answer. An entry is
 * {id, number, tab: whose person sent it, place, command, payload, replaces, state: "sending" | "failed", error, at,
 * after: the generation whose end is awaited, or null}.
 * Emits "changed", "lost" (error): what cannot be tried again, and in every tab "sent" (entry, ack) and "failed" (entry).
 */
export class Outbox extends Emitter {
  #store
  #tabs
  #channel
  #delivery
  #newId
  #now

  /** `send` rejects with the code "disconnected" what it could not hand over. */
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

  get empty() { return this.#store.all.length === 0 }

  /** What waits in a conversation (null: in the new one that this tab begins), in order. */
  list(conversationId) { return this.#store.all.filter((entry) => this.belongs(entry, conversationId)) }

  belongs({ place }, conversationId) { return place === (conversationId ?? NEW + this.#tabs.id) }

  /** Whether this tab's person sent it. */
  isOwn({ tab }) { return tab === this.#tabs.id }

  /** The conversation that an entry is for, null for a new one. */
  conversationOf({ place }) { return place.startsWith(NEW) ? null : place }

  /** Send what any tab left, and now and then what did not get through: the connection is there. */
  connected() {
    for (const place of this.#queues) this.#delivery.run(place, { force: true })
  }

  /** A conversation's running answers are these now. */
  releaseWaiting(conversationId, running) {
    for (const entry of this.list(conversationId)) {
      if (entry.after && !running.includes(entry.after)) this.#store.put({ ...entry, after: null })
    }
  }

  /** Keep a command and send it; `replaces` names the message whose place it takes on the screen. */
  add({ conversationId, command, payload, replaces = null }) {
    const id = this.#newId()
    const number = Math.max(this.#now(), (this.#store.all.at(-1)?.number ?? 0) + 1)
    const entry = {
      id, number, tab: this.#tabs.id, place: conversationId ?? NEW + this.#tabs.id, command, replaces,
      payload: { ...payload, client_message_id: id }, state: "sending", error: null, at: this.#now(), after: null,
    }
    this.#store.put(entry)
    return entry
  }

  retry({ id }) {
    const entry = this.#store.get(id)
    if (entry) this.#store.put({ ...entry, state: "sending", error: null, at: this.#now() })
  }

  /** Take an entry back. What waited behind it stands, and begins, as it would have. */
  discard({ id }) {
    const entry = this.#store.get(id)
    if (!entry) return
    const next = this.#store.all.filter(({ place }) => place === entry.place)[1]
    if (entry.command === "send_message" && next?.command === "send_message") {
      this.#store.put({ ...next, payload: { ...entry.payload, ...next.payload }, after: entry.after })
    }
    this.#store.remove(id)
  }

  /** Make room for another new conversation here: the one that is on its way goes out by itself. Whether there is one. */
  setAside() {
    const entries = this.list(null)
    if (entries[0]?.state !== "sending") return false
    const place = `${NEW}${this.#tabs.id}/${this.#newId()}`
    this.#store.put(...entries.map((entry) => ({ ...entry, place })))
    return true
  }

  /** Show here, as of this tab's own new conversation, what a closed tab's still has to send, or what failed aside. */
  async adoptOrphans() {
    if (this.list(null).length > 0) return
    const open = await this.#tabs.openIds()
    const orphan = this.#queues.find((place) => this.#isOrphan(place, open))
    if (!orphan || this.list(null).length > 0) return
    const entries = this.#store.all.filter(({ place }) => place === orphan)
    this.#store.put(...entries.map((entry) => ({ ...entry, place: NEW + this.#tabs.id, tab: this.#tabs.id })))
  }

  #isOrphan(place, open) {
    if (!place.startsWith(NEW)) return false
    const [tab] = place.slice(NEW.length).split("/")
    if (tab !== this.#tabs.id) return !open.has(tab)
    return this.#store.all.find((entry) => entry.place === place).state === "failed"
  }

  /**
   * Its conversation is gone: what was said is kept as the beginning of a new one, for the person to decide; in their
   * tab, or here if that is closed.
   */
  async #requeueAsNewConversation({ payload: { content, model }, tab = this.#tabs.id, at, number }, error) {
    if (content === undefined) return this.emit("lost", error)
    const id = this.#newId()
    this.#store.put({
      id, number, tab, at, place: NEW + tab, command: "send_message", replaces: null, state: "failed", error, after: null,
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

  get #queues() { return [...new Set(this.#store.all.map(({ place }) => place))] }

  #changed() {
    for (const place of this.#queues) this.#delivery.run(place)
    this.emit("changed")
  }
}
