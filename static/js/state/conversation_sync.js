import { Emitter } from "../base/emitter.js"

/** @import { Connection } from "../net/connection.js" */
/** @import { Conversation } from "./conversation.js" */
/** @import { ConversationCache } from "./conversation_cache.js" */
/** @import { Generation } from "./generation.js" */

const TICK_MS = 1000
const HINT_MS = 1000
const RETRY_MS = 2000
/** More than fills a screen; older messages are loaded on demand. */
const FIRST_MESSAGES = 30
const MAX_MESSAGES = 500

/**
 * Keeps the conversation in step with the server: opens it, applies facts, fills gaps. The server joins the room before
 * it takes the snapshot, so events in between are buffered and applied afterwards. Emits "lost" if the conversation is
 * gone or never existed.
 * @extends {Emitter<{ lost: [] }>}
 */
export class ConversationSync extends Emitter {
  #connection
  #conversation
  #memory
  /** @type {string | null} */
  #wanted = null
  /** How many messages are requested at least, until they are loaded. */
  #least = 0
  #opening = null
  #again = false
  /** @type {[Wire.FactName, Wire.Fact][]} */
  #buffered = []
  /** @type {Set<Generation>} */
  #resuming = new Set()

  /**
   * @param {{ connection: Connection, conversation: Conversation, memory: ConversationCache,
   *   setInterval?: (act: () => void, ms: number) => any }} parts
   */
  constructor({ connection, conversation, memory, setInterval = globalThis.setInterval.bind(globalThis) }) {
    super()
    this.#connection = connection
    this.#conversation = conversation
    this.#memory = memory
    connection.on("connected", () => this.#wanted && this.reopen())
    connection.on("fact", (name, payload) => this.#take(name, payload))
    conversation.on("reopen", () => this.reopen())
    conversation.on("resume", (generation) => this.#resume(generation))
    setInterval(() => {
      if (connection.state === "connected" && !this.#opening) conversation.checkSilence()
    }, TICK_MS)
  }

  /** The id of the conversation that is shown or being opened. */
  get id() {
    return this.#wanted
  }

  /**
   * Show another conversation (null: none) or another branch, with at least so many of the newest messages.
   * @param {string | null} id
   * @param {{ leafId?: string | null, messages?: number }} [how]
   */
  show(id, { leafId = null, messages = 0 } = {}) {
    if (this.#wanted && this.#wanted !== id) this.#close(this.#wanted)
    this.#wanted = id
    this.#least = messages
    this.#opening = null
    this.#buffered = []
    if (this.#conversation.id !== id) this.#swap(id)
    return id ? this.#open(leafId ?? this.#chosenLeaf) : Promise.resolve()
  }

  /** Cache the open conversation, and show the next one from the cache at once if it is there. */
  #swap(id) {
    const { state } = this.#conversation
    if (state.info) this.#memory.keep(state.info.id, state)
    this.#conversation.restore(this.#memory.take(id))
  }

  /** The leaf that this tab selected, null if it follows the active one. */
  get #chosenLeaf() {
    const { following, leaf } = this.#conversation
    return following ? null : (leaf?.id ?? null)
  }

  /** Take a new snapshot, after the one that is being loaded. */
  reopen() {
    if (this.#opening) {
      this.#again = true
      return
    }
    return this.#open(this.#chosenLeaf)
  }

  /**
   * A later revision exists: reopen if its facts do not arrive soon.
   * @param {number} revision
   */
  expect(revision) {
    setTimeout(() => {
      if (this.#wanted && this.#conversation.revision < revision) this.reopen()
    }, HINT_MS)
  }

  async #open(leafId) {
    const opening = (this.#opening = {})
    this.#again = false
    const limit = Math.min(Math.max(this.#least, FIRST_MESSAGES), MAX_MESSAGES)
    const question = { conversation_id: this.#wanted, limit, ...(leafId ? { leaf_id: leafId } : {}) }
    try {
      const snapshot = await this.#connection.command("open_conversation", question, { once: true })
      if (opening === this.#opening) this.#onOpened(snapshot)
    } catch (error) {
      if (opening === this.#opening) this.#onOpenFailed(error)
    }
  }

  /** @param {Wire.Snapshot} snapshot */
  #onOpened(snapshot) {
    this.#opening = null
    this.#least = 0
    this.#conversation.open(snapshot)
    const buffered = this.#buffered
    this.#buffered = []
    for (const [name, payload] of buffered) this.#take(name, payload)
    if (this.#again) this.reopen()
  }

  #onOpenFailed(error) {
    this.#opening = null
    this.#buffered = []
    if (error.code === "disconnected") {
      this.#least = 0 // Maybe too much for the network.
      return // Reopened on the next connect.
    }
    if (error.code === "not_found" || error.code === "invalid") return this.emit("lost")
    const wanted = this.#wanted
    setTimeout(
      () => {
        if (wanted === this.#wanted && !this.#opening) this.reopen()
      },
      (error.retryAfter ?? 0) * 1000 || RETRY_MS,
    )
  }

  /**
   * @param {Wire.FactName} name
   * @param {Wire.Fact} payload
   */
  #take(name, payload) {
    if (this.#opening) this.#buffered.push([name, payload])
    else if (name === "token") this.#conversation.applyToken(payload)
    else if (name === "queue_changed") this.#conversation.applyQueue(payload)
    else if (payload?.revision !== undefined) this.#conversation.applyFact(name, payload)
  }

  /** @param {Generation} generation */
  async #resume(generation) {
    if (this.#resuming.has(generation)) return
    this.#resuming.add(generation)
    const after = generation.hold(Date.now())
    const question = { generation_id: generation.id, after }
    try {
      const answer = await this.#connection.command("resume_generation", question, { once: true })
      this.#resuming.delete(generation)
      this.#conversation.applyResume(generation.id, after, answer)
    } catch (error) {
      this.#resuming.delete(generation)
      this.#conversation.resumeFailed(generation.id)
      if (error.code === "not_found") this.reopen()
    }
  }

  #close(id) {
    this.#connection.command("close_conversation", { conversation_id: id }, { once: true }).catch(() => {})
  }
}
