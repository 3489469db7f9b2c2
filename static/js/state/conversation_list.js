import { Emitter } from "../base/emitter.js"

/** @import { Api } from "../net/api.js" */
/** @import { Connection } from "../net/connection.js" */

const RELOAD_MS = 300

/**
 * The owner's conversations, page by page: pinned first, then newest. Emits "changed" and "failed".
 * @extends {Emitter<{ changed: [], failed: [Error] }>}
 */
export class ConversationList extends Emitter {
  #api
  /** @type {Map<string, Wire.Conversation>} */
  #items = new Map()
  /** @type {string | null} */
  #next = null
  #loading = null
  /** @type {[Wire.FactName, Wire.Fact][]} */
  #missedFacts = []
  #setTimeout
  #reloadTimer = null
  #needsReload = false
  /** The requested list; `archived` is the loaded one. */
  #wanted = false

  archived = false
  loaded = false

  /** @param {{ api: Api, connection: Connection, setTimeout?: (act: () => void, ms: number) => any }} parts */
  constructor({ api, connection, setTimeout = globalThis.setTimeout.bind(globalThis) }) {
    super()
    this.#setTimeout = setTimeout
    this.#api = api
    connection.on("connected", () => this.load())
    connection.on("fact", (name, payload) => this.#applyFact(name, payload))
  }

  get items() {
    return [...this.#items.values()].sort(byRecency)
  }
  get more() {
    return this.#next !== null
  }

  /** @param {string} id */
  get(id) {
    return this.#items.get(id) ?? null
  }

  /** Reload the list, as many pages as were loaded. */
  async load() {
    const archived = this.#wanted
    const least = archived === this.archived ? this.#items.size : 0
    const loading = (this.#loading = {})
    try {
      const found = []
      let next = null
      do {
        const page = await this.#api.conversations({ cursor: next, archived })
        if (loading !== this.#loading) return
        found.push(...page.conversations)
        next = page.next
      } while (next && found.length < least)
      this.archived = archived
      this.#replaceItems(new Map(found.map((one) => [one.id, one])), next)
    } catch (error) {
      this.#failed(loading, error)
    }
  }

  async loadMore() {
    if (!this.#next || this.#loading) return
    const loading = (this.#loading = {})
    try {
      const page = await this.#api.conversations({ cursor: this.#next, archived: this.archived })
      if (loading !== this.#loading) return
      const found = new Map(page.conversations.map((one) => [one.id, one]))
      this.#replaceItems(new Map([...this.#items, ...found]), page.next)
    } catch (error) {
      this.#failed(loading, error)
    }
  }

  /** Keep the present items, unless a newer request is running. */
  #failed(loading, error) {
    if (loading !== this.#loading) return
    this.#loading = null
    this.#missedFacts = []
    this.#wanted = this.archived
    this.emit("failed", error)
  }

  /** Whether any conversation exists, including the archive. */
  async hasAny() {
    const pages = await Promise.all([false, true].map((archived) => this.#api.conversations({ archived })))
    return pages.some(({ conversations }) => conversations.length > 0)
  }

  /**
   * Switch between the list and the archive, once loaded.
   * @param {{ archived: boolean }} list
   */
  show({ archived }) {
    this.#wanted = archived
    return this.load()
  }

  /**
   * @param {string} id
   * @param {Partial<Wire.Conversation> & { deleted?: boolean }} change
   */
  async change(id, change) {
    const { conversation } = await this.#api.changeConversation(id, change)
    this.put(conversation)
  }

  /** @param {string} id */
  async remove(id) {
    await this.#api.deleteConversation(id)
    this.drop(id)
  }

  /** @param {Wire.Conversation} conversation */
  put(conversation) {
    if (conversation.archived === this.archived) this.#items.set(conversation.id, conversation)
    else this.#items.delete(conversation.id)
    this.emit("changed")
  }

  /** @param {string} id */
  drop(id) {
    this.#items.delete(id)
    this.emit("changed")
  }

  /**
   * Facts received while the page was loading are newer than it.
   * @param {Map<string, Wire.Conversation>} items
   * @param {string | null} next
   */
  #replaceItems(items, next) {
    this.#items = items
    this.#next = next
    this.#loading = null
    this.loaded = true
    const missed = this.#missedFacts
    this.#missedFacts = []
    for (const [name, payload] of missed) this.#applyFact(name, payload)
    this.emit("changed")
  }

  /**
   * @param {Wire.FactName} name
   * @param {Wire.Fact} payload
   */
  #applyFact(name, payload) {
    if (!name.startsWith("conversation_")) return
    if (this.#loading) this.#missedFacts.push([name, payload])
    if (name === "conversation_removed") this.drop(payload.conversation_id)
    else if (name === "conversation_added") this.#added(payload.conversation)
    else this.put(payload.conversation)
  }

  /**
   * Put a new conversation on top at once. More of them (after an import there may be thousands) are loaded instead.
   * @param {Wire.Conversation} conversation
   */
  #added(conversation) {
    if (this.#items.has(conversation.id)) return this.put(conversation)
    const isFirst = this.#reloadTimer === null
    this.#reloadTimer ??= this.#setTimeout(() => this.#reloadIfNeeded(), RELOAD_MS)
    if (isFirst && this.#isNewest(conversation)) this.put(conversation)
    else this.#needsReload = true
  }

  #isNewest({ updated_at: at }) {
    return this.items.every((one) => one.pinned || one.updated_at <= at)
  }

  #reloadIfNeeded() {
    const needsReload = this.#needsReload
    this.#reloadTimer = null
    this.#needsReload = false
    if (needsReload) this.load()
  }
}

/**
 * @param {Wire.Conversation} a
 * @param {Wire.Conversation} b
 */
function byRecency(a, b) {
  return Number(b.pinned) - Number(a.pinned) || (a.updated_at < b.updated_at ? 1 : a.updated_at > b.updated_at ? -1 : 0)
}
