import { Emitter } from "../base/emitter.js"

const PAUSE_MS = 150

/**
 * A search in titles and messages while one types: what was asked for last is what is shown.
 * Emits "changed", and "found" when the first page of an answer is here.
 */
export class Search extends Emitter {
  #api
  #timers
  #timer = null
  #asking = null
  #items = []
  #next = null

  /** What is looked for; empty while nobody searches. */
  query = ""
  /** How it stands: "idle", "searching", "found" or "failed". What was found before is shown until then. */
  state = "idle"

  /** `timers` are {setTimeout, clearTimeout}. */
  constructor({ api, connection, timers = globalThis }) {
    super()
    this.#api = api
    this.#timers = timers
    connection.on("connected", () => { if (this.state === "failed") this.#ask() })
    connection.on("fact", (name, payload) => this.#applyFact(name, payload))
  }

  get active() { return this.query !== "" }
  /** Conversations, the best first, each with its `hit`. */
  get items() { return this.#items }
  get more() { return this.#next !== null }

  /** Take what stands in the field now. */
  type(text) {
    const query = text.trim().replace(/\s+/g, " ")
    if (query === this.query) return
    this.#stop()
    this.query = query
    this.state = query ? "searching" : "idle"
    if (query) this.#timer = this.#timers.setTimeout(() => this.#ask(), PAUSE_MS)
    else this.#items = []
    this.emit("changed")
  }

  /** Ask at once, as on Enter; again, where that failed. */
  searchNow() { if (this.#timer !== null || this.state === "failed") this.#ask() }

  async loadMore() {
    if (!this.#next || this.#asking || this.state !== "found") return
    await this.#load(this.#next, (page) => {
      const known = new Set(this.#items.map(({ id }) => id))
      this.#items = [...this.#items, ...page.conversations.filter(({ id }) => !known.has(id))]
    })
  }

  async #ask() {
    this.#stop()
    this.state = "searching"
    this.emit("changed")
    const found = await this.#load(null, (page) => {
      this.#items = page.conversations
      this.state = "found"
    })
    if (found) this.emit("found")
  }

  /** Ask for a page; one that is out of date when it comes is dropped. */
  async #load(cursor, take) {
    const asking = this.#asking = {}
    try {
      const page = await this.#api.conversations({ q: this.query, cursor })
      if (asking !== this.#asking) return false
      this.#next = page.next
      take(page)
    } catch {
      if (asking !== this.#asking) return false
      if (!cursor) this.#fail()
    }
    this.#asking = null
    this.emit("changed")
    return this.state === "found"
  }

  #fail() {
    this.state = "failed"
    this.#items = []
  }

  #stop() {
    this.#timers.clearTimeout(this.#timer)
    this.#timer = this.#asking = this.#next = null
  }

  /** What is told of the list holds for what was found, too. */
  #applyFact(name, payload) {
    if (name === "conversation_removed") {
      this.#items = this.#items.filter(({ id }) => id !== payload.conversation_id)
    } else if (name === "conversation_changed") {
      const { conversation } = payload
      this.#items = this.#items.map((one) => (one.id === conversation.id ? { ...conversation, hit: one.hit } : one))
    } else return
    this.emit("changed")
  }
}
