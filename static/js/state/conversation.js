import { Emitter } from "../base/emitter.js"
import { TEXT_WAS_REASONING } from "../net/entry_log.js"
import { ConversationQueue } from "./conversation_queue.js"
import { Generation } from "./generation.js"
import { ShownPath } from "./shown_path.js"

/** @import { Entry } from "../net/entry_log.js" */

const SILENCE_MS = 5000
const UNKNOWN_MS = 2000
/** Entries of other kinds are ignored. */
const KINDS = new Set(["text", "reasoning"])

/**
 * The state of the open conversation in this tab, built from snapshots, facts and tokens. Emits "changed" (other
 * messages or states), "appended" (message id, kind, text), "moved" (message id: its new text was reasoning), "finished"
 * (message), "described", "reopen" (something was missed) and "resume" (a generation whose log has a gap or went silent).
 * @extends {Emitter<{ changed: [], appended: [string, Wire.Kind, string], moved: [string], finished: [Wire.Message],
 *   described: [], reopen: [], resume: [Generation] }>}
 */
export class Conversation extends Emitter {
  #now
  #path = new ShownPath()
  /** @type {Map<string, Generation>} */
  #generations = new Map()
  /** @type {Set<string>} */
  #ended = new Set()
  /** @type {Map<string, number>} */
  #unknownGenerations = new Map()
  #revision = 0

  /** What waits on the server. */
  queue = new ConversationQueue()
  /** @type {Wire.Conversation | null} */
  info = null
  /** @type {string | null} */
  before = null
  /** Whether it was restored from the cache and is not updated yet. */
  stale = false
  /** Whether this tab moves to new branches. A tab that selected a branch stays there. */
  following = true

  constructor(now = Date.now) {
    super()
    this.#now = now
  }

  get id() {
    return this.info?.id ?? null
  }
  get revision() {
    return this.#revision
  }
  get messages() {
    return this.#path.list
  }
  get leaf() {
    return this.#path.leaf
  }
  get generations() {
    return [...this.#generations.values()]
  }

  /** @param {string} id */
  message(id) {
    return this.#path.get(id)
  }
  /** @param {string} id */
  generation(id) {
    return this.#generations.get(id) ?? null
  }
  /** @param {string} messageId */
  generationOf(messageId) {
    return this.generations.find((one) => one.messageId === messageId) ?? null
  }

  /** Everything about the open conversation, for `restore`. */
  get state() {
    const { info, before, following, queue } = this
    return {
      info,
      before,
      following,
      queue,
      path: this.#path,
      generations: this.#generations,
      revision: this.#revision,
    }
  }

  /**
   * Show another conversation as it was left; without a state, an empty one.
   * @param {Partial<Conversation["state"]> | null} state
   */
  restore(state = null) {
    const { info = null, before = null, following = true, queue, path, generations, revision = 0 } = state ?? {}
    Object.assign(this, { info, before, following, stale: state !== null })
    this.queue = queue ?? new ConversationQueue()
    this.#path = path ?? new ShownPath()
    this.#generations = generations ?? new Map()
    this.#unknownGenerations.clear()
    this.#revision = revision
    this.emit("changed")
  }

  /**
   * Apply the snapshot of open_conversation. Loaded older pages stay.
   * @param {Wire.Snapshot} snapshot
   */
  open({ conversation, messages, before, running, queue = { revision: 0, questions: [] } }) {
    if (this.id !== conversation.id) this.#path = new ShownPath()
    if (!this.#path.replace(messages)) this.before = before
    this.info = conversation
    this.stale = false
    this.#revision = conversation.revision
    this.queue.open(queue)
    this.following = conversation.active_leaf_id === null || conversation.active_leaf_id === this.leaf?.id
    this.#takeRunning(running)
    this.emit("changed")
  }

  /** @param {Wire.Running[]} running */
  #takeRunning(running) {
    const known = this.#generations
    this.#generations = new Map()
    for (const { status, generation_id: id } of this.messages) if (id && status !== "running") this.#ended.add(id)
    for (const one of running) {
      const generation = known.get(one.generation_id) ?? this.#createGeneration(one, Date.parse(one.started_at))
      this.#generations.set(generation.id, generation)
      this.#ended.delete(generation.id)
      generation.fill(0, one.entries, one.seq, this.#now())
      if (generation.last < one.seq) this.emit("resume", generation)
    }
  }

  /**
   * @param {Pick<Wire.Fact, "generation_id" | "message_id" | "model" | "cached">} start
   * @param {number} startedAt
   */
  #createGeneration({ generation_id: id, message_id: messageId, model, cached }, startedAt) {
    const now = this.#now()
    return new Generation({ id, messageId, model, cached, now, startedAt: Math.min(startedAt, now) })
  }

  /**
   * Put an older page before the shown messages.
   * @param {Wire.MessagePage} page
   */
  prepend({ messages, before }) {
    this.#path.prepend(messages)
    this.before = before
    this.emit("changed")
  }

  /**
   * Apply a fact of the conversation's room, unless an earlier one is missing.
   * @param {Wire.FactName} name
   * @param {Wire.Fact} payload
   */
  applyFact(name, payload) {
    if (payload.conversation_id !== this.id || payload.revision <= this.#revision) return
    if (payload.revision > this.#revision + 1) return this.emit("reopen")
    this.#revision = payload.revision
    this.info = { ...this.info, revision: payload.revision }
    if (name === "message_added") this.#addMessage(payload.message)
    if (name === "generation_started") this.#onStarted(payload)
    if (name === "generation_ended") this.#onEnded(payload)
  }

  /**
   * Apply a change of the queue, unless an earlier one is missing.
   * @param {Wire.Fact} payload
   */
  applyQueue(payload) {
    if (payload.conversation_id !== this.id) return
    const result = this.queue.apply(payload)
    if (result === "gap") this.emit("reopen")
    if (result === "changed") this.emit("changed")
  }

  /** @param {Wire.Message} message */
  #addMessage(message) {
    this.#path.add(message, { moves: this.following, rootShown: this.before === null })
    this.emit("changed")
  }

  /**
   * Show the messages of an ack before their facts arrive, if their parent is known here.
   * @param {Wire.AnswerAck} ack
   * @param {Wire.Message | null} replaced
   */
  acknowledge({ message, assistant_message_id: id, generation_id }, replaced = null) {
    if (message && !this.#path.has(message.id)) this.#addMessage(message)
    if (this.#path.has(id) || !(message || replaced)) return
    const [parent, siblings] = message ? [message.id, []] : [replaced.parent_id, replaced.sibling_ids]
    this.#addMessage(answerTo(parent, { id, generation_id, sibling_ids: [...siblings, id] }))
  }

  /** @param {Wire.Fact} payload */
  #onStarted(payload) {
    const message = this.#path.get(payload.message_id)
    if (message) this.#path.put({ ...message, status: "running", model: payload.model, error: null })
    this.#generations.set(payload.generation_id, this.#createGeneration(payload, this.#now()))
    this.emit("changed")
  }

  /** @param {Wire.Fact} payload */
  #onEnded(payload) {
    const generation = this.#generations.get(payload.generation_id)
    if (!generation) return this.#finish(payload.generation_id, payload.message)
    this.#accept(generation, { seq: payload.seq, kind: "end", message: payload.message })
  }

  /**
   * Apply a token event. Its id is that of the generation, or the end of it.
   * @param {Wire.Fact} token
   */
  applyToken({ id, seq, text, kind = "text" }) {
    for (const generation of this.#generations.values())
      if (generation.id.endsWith(id)) return this.#accept(generation, { seq, kind, text })
    if (this.id && ![...this.#ended].some((ended) => ended.endsWith(id))) this.#reportUnknown(id)
  }

  /** Reopen for a generation that is not known here; rarely, as the server may not list it either. */
  #reportUnknown(id) {
    const now = this.#now()
    if (now - (this.#unknownGenerations.get(id) ?? -Infinity) < UNKNOWN_MS) return
    this.#unknownGenerations.set(id, now)
    this.emit("reopen")
  }

  /**
   * @param {Generation} generation
   * @param {Entry} entry
   */
  #accept(generation, entry) {
    this.#announce(generation, generation.accept(entry, this.#now()))
    if (generation.needsResume) this.emit("resume", generation)
  }

  /**
   * @param {Generation} generation
   * @param {Entry[]} entries
   */
  #announce(generation, entries) {
    for (const entry of entries) {
      if (entry.kind === "end") this.#finish(generation.id, entry.message)
      else if (entry.kind === TEXT_WAS_REASONING) this.emit("moved", generation.messageId)
      else if (KINDS.has(entry.kind)) this.emit("appended", generation.messageId, entry.kind, entry.text)
    }
  }

  /**
   * Apply the response to resume_generation.
   * @param {string} id
   * @param {number} after
   * @param {Wire.ResumeAck} ack
   */
  applyResume(id, after, { entries, seq, message }) {
    const generation = this.#generations.get(id)
    if (!generation) return
    this.#announce(generation, generation.fill(after, entries, seq, this.#now()))
    if (message) this.#finish(id, message)
    else if (generation.needsResume) this.emit("resume", generation)
  }

  /**
   * A resume failed: continue with the entries that arrived.
   * @param {string} id
   */
  resumeFailed(id) {
    const generation = this.#generations.get(id)
    if (generation) this.#announce(generation, generation.release(this.#now()))
  }

  /**
   * @param {string} id
   * @param {Wire.Message} [message]
   */
  #finish(id, message) {
    this.#ended.add(id)
    this.#generations.delete(id)
    if (!message) return this.emit("reopen")
    this.#path.put(message)
    this.emit("changed")
    this.emit("finished", message)
  }

  /** Resume generations that were silent for a while. */
  checkSilence() {
    const quiet = this.generations.filter((one) => this.#now() - one.heardAt >= SILENCE_MS)
    for (const generation of quiet) this.emit("resume", generation)
    if (this.leaf?.status === "running" && !this.generationOf(this.leaf.id)) this.#reportUnknown(this.leaf.id)
  }

  /**
   * Update title and model from the list.
   * @param {Wire.Conversation} info
   */
  describe(info) {
    this.info = { ...info, revision: this.#revision }
    this.emit("described")
  }
}

/**
 * @param {string | null} parentId
 * @param {Pick<Wire.Message, "id" | "generation_id" | "sibling_ids">} fields
 * @returns {Wire.Message}
 */
function answerTo(parentId, fields) {
  return {
    parent_id: parentId,
    role: "assistant",
    content: "",
    reasoning: "",
    status: "running",
    model: null,
    usage: null,
    timings: null,
    cached: false,
    error: null,
    client_message_id: null,
    ...fields,
  }
}
