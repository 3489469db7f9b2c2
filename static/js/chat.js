import { Emitter } from "./emitter.js"

const PAGE_LIMIT = 500

/**
 * What a person can do in the open conversation, and what there is to show of it.
 * Emits "changed" when other items are shown, "sent" when the person's message leaves, "problem" (error).
 */
export class Chat extends Emitter {
  #connection
  #conversation
  #sync
  #outbox
  #router
  #models

  constructor({ connection, conversation, sync, outbox, router, models }) {
    super()
    this.#connection = connection
    this.#conversation = conversation
    this.#sync = sync
    this.#outbox = outbox
    this.#router = router
    this.#models = models
    conversation.on("changed", () => this.emit("changed"))
    outbox.on("changed", () => this.emit("changed"))
    outbox.on("sent", (entry, ack) => this.#sent(entry, ack))
  }

  get id() { return this.#sync.id }
  get opening() { return this.id !== null && this.#conversation.id !== this.id }
  get earlier() { return this.#conversation.before !== null }

  /** The running answer at the end of what is shown: {id, messageId}, or null. */
  get running() {
    const { leaf } = this.#conversation
    if (leaf?.status !== "running" || this.pending) return null
    return { id: this.#conversation.generationOf(leaf.id)?.id ?? leaf.generation_id, messageId: leaf.id }
  }

  /** What was sent here and is not stored yet, unless its facts are here before its ack. */
  get pending() {
    const entry = this.#outbox.of(this.id)
    const { messages } = this.#conversation
    if (!entry || messages.some((one) => one.client_message_id === entry.id)) return null
    return entry.replaces && !messages.some((one) => one.id === entry.replaces) ? null : entry
  }

  /** What the thread shows, in order: {key, message, generation} and at the end perhaps {key, entry}. */
  get items() {
    const { pending } = this
    let { messages } = this.#conversation
    if (pending?.replaces) messages = messages.slice(0, messages.findIndex(({ id }) => id === pending.replaces))
    const items = messages.map((message) => (
      { key: message.id, message, generation: this.#conversation.generationOf(message.id) }
    ))
    return pending ? [...items, { key: pending.id, entry: pending }] : items
  }

  /** Ask, below what is shown. Before a conversation is open, the server knows better where and of whom. */
  send(content) {
    const where = this.id ? { parent_id: this.#conversation.leaf?.id ?? null } : {}
    const how = this.opening ? {} : { ...where, ...this.#model }
    this.#submit("send_message", { conversation_id: this.id, content, ...how })
  }

  edit(message, content) {
    this.#submit("edit_message", { message_id: message.id, content, ...this.#model }, message.id)
  }

  regenerate(message, options = null) {
    this.#submit("regenerate", { message_id: message.id, ...this.#model, ...(options ? { options } : {}) }, message.id)
  }

  /** Ask again with half of the turns that led here. */
  regenerateShorter(message) {
    const turns = this.#conversation.messages.filter(({ role }) => role === "user").length
    this.regenerate(message, { max_turns: Math.max(1, Math.floor(turns / 2)) })
  }

  continue(message) { return this.#do("continue_generation", { message_id: message.id }) }

  stop() { return this.running?.id ? this.#do("stop_generation", { generation_id: this.running.id }) : undefined }

  async selectBranch(messageId) {
    const ack = await this.#do("select_branch", { conversation_id: this.id, message_id: messageId })
    if (ack?.conversation.id === this.id) await this.#sync.show(this.id, ack.conversation.active_leaf_id)
  }

  /** Bring a message onto the shown path, if it is not there: load what came before, or change to its branch. */
  async reach(messageId) {
    if (!await this.#loadBackTo(messageId)) return false
    if (!this.#shows(messageId)) {
      await this.selectBranch(messageId)
      await this.#loadBackTo(messageId)
    }
    return this.#shows(messageId)
  }

  #shows(messageId) { return this.#conversation.messages.some(({ id }) => id === messageId) }

  /** Ids grow with time: above an older message it cannot stand. Whether all went well. */
  async #loadBackTo(messageId) {
    const { id } = this.#conversation
    while (!this.#shows(messageId) && this.earlier && this.#conversation.messages[0].id > messageId) {
      const { before } = this.#conversation
      const page = await this.earlierPage({ limit: PAGE_LIMIT })
      if (page) this.prepend(page)
      // Another hand may have loaded that page meanwhile; without either there is no going on.
      else if (this.#conversation.id !== id || this.#conversation.before === before) return false
    }
    return true
  }

  /** Fetch the page before what is shown; null when it fits no longer. */
  async earlierPage(how = {}) {
    const { id, before } = this.#conversation
    const page = await this.#do("load_messages", { conversation_id: id, before, ...how })
    return this.#conversation.id === id && this.#conversation.before === before ? page : null
  }

  prepend(page) { this.#conversation.prepend(page) }

  retry(entry) { this.#outbox.retry(entry) }
  discard(entry) { this.#outbox.discard(entry) }

  get #model() { return this.#models.current ? { model: this.#models.current } : {} }

  #submit(command, payload, replaces = null) {
    if (this.#outbox.of(this.id)) return
    this.#conversation.following = true
    this.#outbox.add({ conversationId: this.id, command, payload, replaces })
    this.emit("sent")
  }

  #sent(entry, ack) {
    if (entry.conversationId === null) this.#begun(ack)
    else if (entry.conversationId === this.#conversation.id) {
      this.#conversation.acknowledge(ack, this.#conversation.message(entry.replaces))
      if (ack.conversation) this.#sync.expect(ack.conversation.revision)
    }
  }

  /** A new conversation has its id now: show it, unless the person went elsewhere meanwhile. */
  #begun(ack) {
    if (this.id !== null) return
    this.#conversation.open({ conversation: ack.conversation, messages: [ack.message], before: null, running: [] })
    this.#conversation.acknowledge(ack)
    this.#router.rename(ack.conversation.id)
    this.#sync.show(ack.conversation.id)
    this.emit("begun")
  }

  async #do(command, payload) {
    try {
      return await this.#connection.command(command, payload)
    } catch (error) {
      this.emit("problem", error)
      return null
    }
  }
}
