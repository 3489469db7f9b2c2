import { Emitter } from "../base/emitter.js"

const PAGE_LIMIT = 200
const BRANCH_MESSAGES = 50

/**
 * What a person can do in the open conversation, and what there is to show of it.
 * Emits "changed" when other items are shown, "sent" when the person's message leaves, "created" when the new conversation
 * has an id, "problem" (error).
 */
export class Chat extends Emitter {
  #connection
  #conversation
  #sync
  #outbox
  #router
  #models
  #settings
  /** The page of older messages that is being loaded: {id, loaded}, of which conversation, and whether it came. */
  #earlier = null

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
    connection.on("state", () => { if (this.unsent.length > 0) this.emit("changed") })
  }

  get id() { return this.#sync.id }
  /** Whether the server has not told yet how the conversation is; what is shown may be of a while ago. */
  get opening() { return this.id !== null && (this.#conversation.id !== this.id || this.#conversation.stale) }
  get earlier() { return this.#conversation.before !== null }

  /** The running answer at the end of what is shown: {id, messageId}, or null. */
  get running() {
    const { leaf } = this.#conversation
    if (leaf?.status !== "running" || this.unsent.some(({ replaces }) => replaces)) return null
    return { id: this.#conversation.generationOf(leaf.id)?.id ?? leaf.generation_id, messageId: leaf.id }
  }

  /** What was sent and is not stored yet, in order, without what is here as a message before its ack. */
  get unsent() {
    const { messages } = this.#conversation
    return this.#outbox.list(this.id).filter(({ id, replaces }) => (
      !messages.some((one) => one.client_message_id === id)
      && (!replaces || messages.some((one) => one.id === replaces))
    ))
  }

  /** What the person asked in this conversation, the newest first, nothing twice in a row. */
  get questions() {
    const stored = this.#conversation.messages.filter(({ role }) => role === "user").map(({ content }) => content)
    const unsent = this.unsent.map(({ payload }) => payload.content)
    return [...stored, ...unsent].filter((one, at, all) => one && one !== all[at + 1]).reverse()
  }

  /** What the thread shows, in order: {key, message, generation}, and at the end {key, entry} of what is unsent. */
  get items() {
    const { unsent } = this
    let { messages } = this.#conversation
    const replaced = unsent.find(({ replaces }) => replaces)?.replaces
    if (replaced) messages = messages.slice(0, messages.findIndex(({ id }) => id === replaced))
    const running = new Map(this.#conversation.generations.map((one) => [one.messageId, one]))
    return [
      ...messages.map((message) => ({ key: message.id, message, generation: running.get(message.id) ?? null })),
      ...unsent.map((entry, at) => ({ key: entry.id, entry: { ...entry, stage: this.#stage(entry, at) } })),
    ]
  }

  /** What an unsent entry waits for: "queued" for an answer, "offline" for the connection; else it is "sending". */
  #stage({ after }, at) {
    if (at > 0 || after) return "queued"
    return this.#connection.state === "connected" ? "sending" : "offline"
  }

  /**
   * Ask, below what is shown. Before a conversation is open, the server knows better where and of whom; behind what
   * is unsent, the place is known when that is stored.
   */
  send(content) {
    const where = this.id && this.unsent.length === 0 ? { parent_id: this.#conversation.leaf?.id ?? null } : {}
    const begin = this.id === null && this.unsent.length === 0 ? this.#settings.forNew : {}
    const how = this.opening ? {} : { ...where, ...this.#model, ...begin }
    this.#submit("send_message", { conversation_id: this.id, content, ...how })
  }

  /** Whether it was taken: nothing takes another's place while something is unsent. */
  edit(message, content) {
    return this.#submit("edit_message", { message_id: message.id, content, ...this.#model }, message.id)
  }

  /** As the conversation is set by now; `how` may name another model or other options for this answer. As with `edit`. */
  regenerate(message, how = {}) {
    const options = { ...this.#settings.own.options, ...how.options }
    return this.#submit("regenerate", { message_id: message.id, ...this.#model, ...how, options }, message.id)
  }

  /** How many of the questions that are here an answer was asked with. */
  turnsOf({ id, options }) {
    const { messages } = this.#conversation
    const above = messages.slice(0, messages.findIndex((one) => one.id === id))
    return Math.min(above.filter(({ role }) => role === "user").length, options?.max_turns ?? Infinity)
  }

  /** Ask again with half of the turns that led here. */
  regenerateShorter(message) {
    return this.regenerate(message, { options: { max_turns: Math.max(1, Math.floor(this.turnsOf(message) / 2)) } })
  }

  continue(message) { return this.#command("continue_generation", { message_id: message.id }) }

  stop() { return this.running?.id ? this.#command("stop_generation", { generation_id: this.running.id }) : undefined }

  /** The branches part where they are shown now: as many messages again are asked for, to show that place at once. */
  async selectBranch(messageId) {
    const ack = await this.#command("select_branch", { conversation_id: this.id, message_id: messageId })
    if (ack?.conversation.id !== this.id) return
    const { messages } = this.#conversation
    const at = messages.findIndex(({ sibling_ids: siblings }) => siblings.includes(messageId))
    const below = at < 0 ? 0 : messages.length - at
    await this.#sync.show(this.id, { leafId: ack.conversation.active_leaf_id, messages: below + BRANCH_MESSAGES })
    await this.loadBackTo(messageId)
  }

  /** Bring a message onto the shown path, if it is not there: load what came before, or change to its branch. */
  async reach(messageId) {
    if (!await this.loadBackTo(messageId)) return false
    if (!this.#shows(messageId)) await this.selectBranch(messageId)
    return this.#shows(messageId)
  }

  #shows(messageId) { return this.#conversation.messages.some(({ id }) => id === messageId) }

  /**
   * Load what came before, back to a message. Ids grow with time: above an older one it cannot stand.
   * Whether all went well.
   */
  async loadBackTo(messageId) {
    const { id } = this.#conversation
    while (!this.#shows(messageId) && this.earlier && this.#conversation.messages[0].id > messageId) {
      const { before } = this.#conversation
      // Where what is shown was asked for anew meanwhile, it goes on from there.
      const goesOn = await this.loadEarlier(PAGE_LIMIT) || this.#conversation.before !== before
      if (!goesOn || this.#conversation.id !== id) return false
    }
    return true
  }

  /** Load what came before, back to the beginning. */
  loadAll() { return this.loadBackTo("") }

  /** Load the page before what is shown; who asks meanwhile waits for the same one. Whether it is there. */
  loadEarlier(limit) {
    const { id } = this.#conversation
    if (this.#earlier?.id !== id) {
      const one = this.#earlier = { id, loaded: this.#loadPage(limit) }
      one.loaded.finally(() => { if (this.#earlier === one) this.#earlier = null })
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

  retry(entry) { this.#outbox.retry(entry) }
  discard(entry) { this.#outbox.discard(entry) }

  get #model() { return this.#models.current ? { model: this.#models.current } : {} }

  #submit(command, payload, replaces = null) {
    if (replaces && this.unsent.length > 0) return false
    this.#conversation.following = true
    this.#outbox.add({ conversationId: this.id, command, payload, replaces })
    this.emit("sent")
    return true
  }

  #onSent(entry, ack) {
    if (!this.#outbox.belongs(entry, this.id)) return
    if (this.id === null) this.#onCreated(ack)
    else if (this.id === this.#conversation.id) {
      this.#conversation.acknowledge(ack, this.#conversation.message(entry.replaces))
      if (ack.conversation) this.#sync.expect(ack.conversation.revision)
    }
  }

  /** A new conversation has its id now: show it. */
  #onCreated(ack) {
    this.#conversation.open({ conversation: ack.conversation, messages: [ack.message], before: null, running: [] })
    this.#conversation.acknowledge(ack)
    this.#router.rename(ack.conversation.id)
    this.#sync.show(ack.conversation.id)
    this.emit("created")
  }

  async #command(command, payload) {
    try {
      return await this.#connection.command(command, payload)
    } catch (error) {
      this.emit("problem", error)
      return null
    }
  }
}
