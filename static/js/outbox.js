import { Courier } from "./courier.js"
import { Emitter } from "./emitter.js"
import { uuid } from "./uuid.js"

const NEW = "new:"

/**
 * What was sent in any tab of this browser and the server has not acknowledged. Each place (a conversation, or the
 * page on which a tab begins a new one) is a queue: its first entry is delivered, by one tab at a time and with one
 * client_message_id until there is an ack; what follows it waits for the end of its answer. An entry is
 * {id, number, place, command, payload, replaces, state: "sending" | "failed", error, at,
 * after: the generation whose end is awaited, or null}.
 * Emits "changed", "sent" (entry, ack; in every tab) and "lost" (error): what cannot be tried again.
 */
export class Outbox extends Emitter {
  #store
  #tabs
  #courier
  #newId
  #now

  /** `send` rejects with the code "disconnected" what it could not hand over. */
  constructor({ send, store, tabs, channel, newId = uuid, now = Date.now, later = (act, ms) => setTimeout(act, ms) }) {
    super()
    this.#store = store
    this.#tabs = tabs
    this.#newId = newId
    this.#now = now
    this.#courier = new Courier({ send, store, tabs, now, later })
    this.#courier.on("sent", (entry, ack) => {
      channel.postMessage({ entry, ack })
      this.emit("sent", entry, ack)
    })
    this.#courier.on("homeless", (entry, error) => this.#rehouse(entry, error))
    channel.addEventListener("message", ({ data: { entry, ack } }) => this.emit("sent", entry, ack))
    store.on("changed", () => this.#changed())
  }

  get empty() { return this.#store.all.length === 0 }

  /** What waits in a conversation (null: in the new one that this tab begins), in order. */
  list(conversationId) { return this.#store.all.filter((entry) => this.belongs(entry, conversationId)) }

  belongs({ place }, conversationId) { return place === (conversationId ?? NEW + this.#tabs.id) }

  /** Send what any tab left, and now and then what did not get through: the connection is there. */
  connected() {
    for (const place of this.#places) this.#courier.run(place, { anyway: true })
  }

  /** A conversation's running answers are these now. */
  rested(conversationId, running) {
    for (const entry of this.list(conversationId)) {
      if (entry.after && !running.includes(entry.after)) this.#store.put({ ...entry, after: null })
    }
  }

  /** Keep a command and send it; `replaces` names the message whose place it takes on the screen. */
  add({ conversationId, command, payload, replaces = null }) {
    const id = this.#newId()
    const number = Math.max(this.#now(), (this.#store.all.at(-1)?.number ?? 0) + 1)
    const entry = {
      id, number, place: conversationId ?? NEW + this.#tabs.id, command, replaces,
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

  /** Show here, as of this tab's own new conversation, what a closed tab's still has to send. */
  async adopt() {
    if (this.list(null).length > 0) return
    const open = await this.#tabs.open()
    const orphan = this.#places.find((place) => place.startsWith(NEW) && !open.has(place.slice(NEW.length)))
    if (!orphan || this.list(null).length > 0) return
    const entries = this.#store.all.filter(({ place }) => place === orphan)
    this.#store.put(...entries.map((entry) => ({ ...entry, place: NEW + this.#tabs.id })))
  }

  /** Its conversation is gone: what was said is kept as the beginning of a new one, for the person to decide. */
  #rehouse({ payload: { content, model }, at, number }, error) {
    if (content === undefined) return this.emit("lost", error)
    const id = this.#newId()
    this.#store.put({
      id, number, at, place: NEW + this.#tabs.id, command: "send_message", replaces: null, state: "failed", error, after: null,
      payload: { conversation_id: null, content, ...(model ? { model } : {}), client_message_id: id },
    })
  }

  get #places() { return [...new Set(this.#store.all.map(({ place }) => place))] }

  #changed() {
    for (const place of this.#places) this.#courier.run(place)
    this.emit("changed")
  }
}
