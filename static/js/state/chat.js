import { Emitter } from "../base/emitter.js"

/** @import { Connection } from "../net/connection.js" */
/** @import { Conversation } from "./conversation.js" */
/** @import { ConversationSync } from "./conversation_sync.js" */
/** @import { Generation } from "./generation.js" */
/** @import { ModelChoice } from "./model_choice.js" */
/** @import { Outbox } from "./outbox.js" */
/** @import { OutboxCommand, OutboxEntry, OutboxPayload } from "./outbox_store.js" */
/** @import { Router } from "./router.js" */
/** @import { Settings } from "./settings.js" */

/**
 * A command that waits: for the connection ("offline"), those before it ("behind"), or its ack ("sending").
 * @typedef {OutboxEntry & { stage: "offline" | "behind" | "sending" }} Unsent
 */
/**
 * A question that waits on the server, or on its way into its queue there: below the shown answer while that is written
 * ("waiting") or after it has ended too early ("held"), or below another version ("elsewhere").
 * @typedef {{ key: string, content: string, stage: "waiting" | "held" | "elsewhere" | "sending", question?: Wire.Queued,
 *   entry?: OutboxEntry }} QueueRow
 */
/**
 * An item of the thread: a message with its running generation, or an unsent command.
 * @typedef {{ key: string, message?: Wire.Message, generation?: Generation | null, entry?: Unsent }} ThreadItem
 */

const PAGE_LIMIT = 200
const BRANCH_MESSAGES = 50
/** The ends of an answer after which a queue is held. */
const HOLDING = new Set(["stopped", "failed", "interrupted"])

/**
 * The actions on the open conversation, and the items that the thread shows.
 * Emits "changed" (other items), "sent" (the user's message was submitted), "queued" (it has to wait), "created" (a new
 * conversation got its id), "problem" (error).
 * @extends {Emitter<{ changed: [], sent: [], queued: [], created: [], problem: [{ message: string }] }>}
 */
export class Chat extends Emitter {
  #connection
  #conversation
  #sync
  #outbox
  #router
  #models
  #settings
  /**
   * The page of older messages being loaded; `id` is the conversation's.
   * @type {{ id: string, loaded: Promise<boolean> } | null}
   */
  #earlier = null

  /**
   * @param {{ connection: Connection, conversation: Conversation, sync: ConversationSync, outbox: Outbox,
   *   router: Router, models: ModelChoice, settings: Settings }} parts
   */
  constructor({ connection, conversation, sync, outbox, router, models, settings }) {
    super()
    this.#connection = connection
    this.#conversation = conversation
    this.#sync = sync
    this.#outbox = outbox
    this.#router = router
    this.#models = models
    this.#settings = settings
    conversation.on("changed", () => this.emit("changed"))
    outbox.on("changed", () => this.emit("changed"))
    outbox.on("sent", (entry, ack) => this.#onSent(entry, ack))
    outbox.on("lost", (error) => this.emit("problem", error))
    connection.on("state", () => {
      if (this.unsent.length > 0) this.emit("changed")
    })
  }

  get id() {
    return this.#sync.id
  }
  /** Whether the current state was not received yet; the items may be outdated or missing. */
  get opening() {
    return this.id !== null && (this.#conversation.id !== this.id || this.#conversation.stale)
  }
  get earlier() {
    return this.#conversation.before !== null
  }

  /** The running answer at the end of what is shown: {id, messageId}, or null. */
  get running() {
    const { leaf } = this.#conversation
    if (leaf?.status !== "running" || this.unsent.some(({ replaces }) => replaces)) return null
    return { id: this.#conversation.generationOf(leaf.id)?.id ?? leaf.generation_id, messageId: leaf.id }
  }

  /** Outbox entries of this conversation, in order, without those already stored as a message. */
  get unsent() {
    const { messages } = this.#conversation
    return this.#outbox
      .list(this.id)
      .filter(
        ({ id, replaces }) =>
          !messages.some((one) => one.client_message_id === id) &&
          (!replaces || messages.some((one) => one.id === replaces)),
      )
  }

  /** Whether a new question has to wait, for the shown answer or behind others. */
  get waits() {
    return this.running !== null || (this.#rows.length > 0 && !this.#isHeld)
  }

  /** Whether what waits below the shown answer does not go on by itself. */
  get #isHeld() {
    return HOLDING.has(this.#conversation.leaf?.status)
  }

  /** What waits on the server below the shown messages, without what is one of them by now. */
  get #rows() {
    const { messages, queue } = this.#conversation
    const shown = new Set(messages.flatMap(({ id, client_message_id: sent }) => (sent ? [id, sent] : [id])))
    return queue.questions.filter((one) => shown.has(one.parent_id) && !shown.has(one.client_message_id))
  }

  /**
   * Everything that waits in this conversation, in order.
   * @returns {QueueRow[]}
   */
  get queue() {
    const here = this.#rows
    const all = this.#conversation.queue.questions
    /** @type {(question: Wire.Queued, stage: QueueRow["stage"]) => QueueRow} */
    const row = (question, stage) => ({ key: question.client_message_id, content: question.content, stage, question })
    const sent = new Set(this.#conversation.messages.map(({ client_message_id: id }) => id))
    return [
      ...here.map((one) => row(one, this.#isHeld ? "held" : "waiting")),
      ...this.unsent
        .filter((entry) => this.#isQueued(entry) && !all.some((one) => one.client_message_id === entry.id))
        .map(
          (entry) =>
            /** @type {QueueRow} */ ({ key: entry.id, content: entry.payload.content, stage: "sending", entry }),
        ),
      ...all
        .filter((one) => !here.includes(one) && !sent.has(one.client_message_id))
        .map((one) => row(one, "elsewhere")),
    ]
  }

  /** @param {OutboxEntry} entry */
  #isQueued({ command, state, payload }) {
    return command === "send_message" && state === "sending" && Boolean(payload.queue) && this.waits
  }

  /** The user's questions in this conversation, newest first, without adjacent duplicates. */
  get questions() {
    const stored = this.#conversation.messages.filter(({ role }) => role === "user").map(({ content }) => content)
    const unsent = this.unsent.map(({ payload }) => payload.content)
    return [...stored, ...unsent].filter((one, at, all) => one && one !== all[at + 1]).reverse()
  }

  /**
   * The items of the thread, in order; unsent ones are last.
   * @returns {ThreadItem[]}
   */
  get items() {
    const unsent = this.unsent.filter((entry) => !this.#isQueued(entry))
    let { messages } = this.#conversation
    const replaced = unsent.find(({ replaces }) => replaces)?.replaces
    if (replaced)
      messages = messages.slice(
        0,
        messages.findIndex(({ id }) => id === replaced),
      )
    const running = new Map(this.#conversation.generations.map((one) => [one.messageId, one]))
    return [
      ...messages.map((message) => ({ key: message.id, message, generation: running.get(message.id) ?? null })),
      ...unsent.map((entry, at) => ({ key: entry.id, entry: { ...entry, stage: this.#stage(at) } })),
    ]
  }

  /**
   * @param {number} at
   * @returns {Unsent["stage"]}
   */
  #stage(at) {
    if (at > 0) return "behind"
    return this.#connection.state === "connected" ? "sending" : "offline"
  }

  /**
   * Send a message below the last one, where it may have to wait. While a conversation is opening the server decides its
   * parent and model; behind unsent entries the parent follows from their acks. Past a queue that is held it goes at once.
   * @param {string} content
   */
  send(content) {
    const { waits } = this
    const where = this.id && this.unsent.length === 0 ? { parent_id: this.#conversation.leaf?.id ?? null } : {}
    const begin = this.id === null && this.unsent.length === 0 ? this.#settings.forNew : {}
    const how = this.opening ? {} : { ...where, ...this.#model, ...begin }
    const queue = this.id && !(this.#rows.length > 0 && this.#isHeld) ? { queue: true } : {}
    this.#submit("send_message", { conversation_id: this.id, content, ...how, ...queue }, null, { waits })
  }

  /**
   * Edit a message. Returns false while anything is unsent: only one entry can replace a message.
   * @param {Wire.Message} message
   * @param {string} content
   */
  edit(message, content) {
    return this.#submit("edit_message", { message_id: message.id, content, ...this.#model }, message.id)
  }

  /**
   * Regenerate an answer with the conversation's current settings; `how` may override model and options. Returns as
   * `edit`.
   * @param {Wire.Message} message
   * @param {{ model?: string, options?: Wire.Options }} how
   */
  regenerate(message, how = {}) {
    const options = { ...this.#settings.own.options, ...how.options }
    return this.#submit("regenerate", { message_id: message.id, ...this.#model, ...how, options }, message.id)
  }

  /**
   * How many of the questions above an answer were in its prompt.
   * @param {Wire.Message} message
   */
  turnsOf({ id, options }) {
    const { messages } = this.#conversation
    const above = messages.slice(
      0,
      messages.findIndex((one) => one.id === id),
    )
    return Math.min(above.filter(({ role }) => role === "user").length, options?.max_turns ?? Infinity)
  }

  /**
   * Regenerate with half of the previous turns.
   * @param {Wire.Message} message
   */
  regenerateShorter(message) {
    return this.regenerate(message, { options: { max_turns: Math.max(1, Math.floor(this.turnsOf(message) / 2)) } })
  }

  /** @param {Wire.Message} message */
  continue(message) {
    return this.#command("continue_generation", { message_id: message.id })
  }

  stop() {
    return this.running?.id ? this.#command("stop_generation", { generation_id: this.running.id }) : undefined
  }

  /**
   * Select a branch. As many messages as before are requested, so that the fork stays in view.
   * @param {string} messageId
   */
  async selectBranch(messageId) {
    const ack = await this.#command("select_branch", { conversation_id: this.id, message_id: messageId })
    if (ack?.conversation.id !== this.id) return
    const { messages } = this.#conversation
    const at = messages.findIndex(({ sibling_ids: siblings }) => siblings.includes(messageId))
    const below = at < 0 ? 0 : messages.length - at
    await this.#sync.show(this.id, { leafId: ack.conversation.active_leaf_id, messages: below + BRANCH_MESSAGES })
    await this.loadBackTo(messageId)
  }

  /**
   * Bring a message into the shown path: load older pages, or select its branch.
   * @param {string} messageId
   */
  async reach(messageId) {
    if (!(await this.loadBackTo(messageId))) return false
    if (!this.#shows(messageId)) await this.selectBranch(messageId)
    return this.#shows(messageId)
  }

  #shows(messageId) {
    return this.#conversation.messages.some(({ id }) => id === messageId)
  }

  /**
   * Load older pages up to a message. Ids grow with time, so a message is not above an older one. Returns whether that
   * succeeded.
   * @param {string} messageId
   */
  async loadBackTo(messageId) {
    const { id } = this.#conversation
    while (!this.#shows(messageId) && this.earlier && this.#conversation.messages[0].id > messageId) {
      const { before } = this.#conversation
      // A reload meanwhile changed the first page: continue from there.
      const goesOn = (await this.loadEarlier(PAGE_LIMIT)) || this.#conversation.before !== before
      if (!goesOn || this.#conversation.id !== id) return false
    }
    return true
  }

  /** Load all older pages. */
  loadAll() {
    return this.loadBackTo("")
  }

  /**
   * Load the page before the first one; concurrent calls share it. Returns whether it was loaded.
   * @param {number} [limit]
   */
  loadEarlier(limit) {
    const { id } = this.#conversation
    if (this.#earlier?.id !== id) {
      const one = (this.#earlier = { id, loaded: this.#loadPage(limit) })
      one.loaded.finally(() => {
        if (this.#earlier === one) this.#earlier = null
      })
    }
    return this.#earlier.loaded
  }

  async #loadPage(limit) {
    const { id, before } = this.#conversation
    const page = await this.#command("load_messages", { conversation_id: id, before, limit })
    const fits = page !== null && this.#conversation.id === id && this.#conversation.before === before
    if (fits) this.#conversation.prepend(page)
    return fits
  }

  /**
   * Send an unsent entry again; `change`: of its payload. What was refused for its model or settings is sent with those
   * of now.
   * @param {OutboxEntry} entry
   * @param {{ model?: string }} [change]
   */
  retry(entry, change) {
    this.#outbox.retry(entry, { ...(entry.error?.reason ? this.#presentFor(entry.payload) : {}), ...change })
  }

  /**
   * The present model and settings, as far as a payload carries them.
   * @param {OutboxPayload} payload
   */
  #presentFor({ conversation_id: id, options }) {
    const { own, forNew } = this.#settings
    if (id === null) return { ...this.#model, system_prompt: undefined, options: undefined, ...forNew }
    return { ...this.#model, ...(options ? { options: own.options ?? {} } : {}) }
  }

  /** @param {OutboxEntry} entry */
  discard(entry) {
    this.#outbox.discard(entry)
  }

  get #model() {
    return this.#models.current ? { model: this.#models.current } : {}
  }

  /**
   * @param {OutboxCommand} command
   * @param {OutboxPayload} payload
   * @param {string | null} replaces
   */
  #submit(command, payload, replaces = null, { waits = false } = {}) {
    if (replaces && this.unsent.length > 0) return false
    if (!waits) this.#conversation.following = true
    this.#outbox.add({ conversationId: this.id, command, payload, replaces })
    this.emit(waits ? "queued" : "sent")
    return true
  }

  /**
   * @param {OutboxEntry} entry
   * @param {Wire.AnswerAck} ack
   */
  #onSent(entry, ack) {
    if (!this.#outbox.belongs(entry, this.id)) return
    if (this.id === null) this.#onCreated(ack)
    else if (this.id === this.#conversation.id) {
      if (!ack.queued) this.#conversation.acknowledge(ack, this.#conversation.message(entry.replaces))
      if (ack.conversation) this.#sync.expect(ack.conversation.revision)
    }
  }

  /**
   * Show the new conversation.
   * @param {Wire.AnswerAck} ack
   */
  #onCreated(ack) {
    this.#conversation.open({ conversation: ack.conversation, messages: [ack.message], before: null, running: [] })
    this.#conversation.acknowledge(ack)
    this.#router.rename(ack.conversation.id)
    this.#sync.show(ack.conversation.id)
    this.emit("created")
  }

  /**
   * Send a command; null after a problem.
   * @template {keyof Wire.Commands} Name
   * @param {Name} command
   * @param {Wire.Commands[Name][0]} payload
   */
  async #command(command, payload) {
    try {
      return await this.#connection.command(command, payload)
    } catch (error) {
      this.emit("problem", error)
      return null
    }
  }
}
