import { Emitter } from "../base/emitter.js"

/** @import { Timers } from "../base/scheduling.js" */
/** @import { Api } from "../net/api.js" */
/** @import { Connection } from "../net/connection.js" */

const PAUSE_MS = 150

/**
 * Search in titles and messages while the user types; the latest query wins.
 * Emits "changed", and "found" when the first page of results is there.
 * @extends {Emitter<{ changed: [], found: [] }>}
 */
export class Search extends Emitter {
  #api
  #timers
  #timer = null
  #asking = null
  /** @type {Wire.Found[]} */
  #items = []
  /** @type {string | null} */
  #next = null

  /** The query; empty when there is no search. */
  query = ""
  /**
   * While "searching", earlier results stay.
   * @type {"idle" | "searching" | "found" | "failed"}
   */
  state = "idle"

  /** @param {{ api: Api, connection: Connection, timers?: Timers }} parts */
  constructor({ api, connection, timers = globalThis }) {
    super()
    this.#api = api
    this.#timers = timers
    connection.on("connected", () => {
      if (this.state === "failed") this.#ask()
    })
    connection.on("fact", (name, payload) => this.#applyFact(name, payload))
  }

  get active() {
    return this.query !== ""
  }
  /** The conversations found, best first, each with its `hit`. */
  get items() {
    return this.#items
  }
  get more() {
    return this.#next !== null
  }

  /**
   * Set the query to a field's text.
   * @param {string} text
   */
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

  /** Search at once, or again after a failure. */
  searchNow() {
    if (this.#timer !== null || this.state === "failed") this.#ask()
  }

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

  /**
   * Load a page; outdated ones are dropped.
   * @param {string | null} cursor
   * @param {(page: Wire.ConversationPage) => void} take
   */
  async #load(cursor, take) {
    const asking = (this.#asking = {})
    try {
      const page = await this.#api.search({ q: this.query, cursor })
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

  /**
   * Changes in the list apply to the results, too.
   * @param {Wire.FactName} name
   * @param {Wire.Fact} payload
   */
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
