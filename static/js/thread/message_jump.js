/** Brings one message before the reader's eyes, as from a search: whichever conversation, branch and page it is on. */
export class MessageJump {
  #chat
  #thread
  #router
  #target = null

  constructor({ chat, conversation, thread, router }) {
    this.#chat = chat
    this.#thread = thread
    this.#router = router
    conversation.on("changed", () => this.#step())
  }

  /** Go to a message; `words` is what was looked for in it. */
  to(conversationId, messageId, words) {
    this.#target = null
    if (this.#chat.id !== conversationId) this.#router.go(conversationId)
    this.#target = { conversationId, messageId, words }
    this.#step()
  }

  /** Once the conversation is open; never, if the reader went elsewhere first. */
  #step() {
    if (!this.#target || this.#chat.opening) return
    const { conversationId, messageId, words } = this.#target
    this.#target = null
    if (this.#chat.id === conversationId) this.#bring(conversationId, messageId, words)
  }

  async #bring(conversationId, messageId, words) {
    if (await this.#chat.reach(messageId) && this.#chat.id === conversationId) this.#thread.reveal(messageId, words)
  }
}
