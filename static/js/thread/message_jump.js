/** @import { Chat } from "../state/chat.js" */
/** @import { Conversation } from "../state/conversation.js" */
/** @import { Router } from "../state/router.js" */
/** @import { ThreadView } from "./thread_view.js" */

/** Jumps to a message, as from a search, in any conversation, branch and page. */
export class MessageJump {
  #chat
  #thread
  #router
  #target = null

  /** @param {{ chat: Chat, conversation: Conversation, thread: ThreadView, router: Router }} parts */
  constructor({ chat, conversation, thread, router }) {
    this.#chat = chat
    this.#thread = thread
    this.#router = router
    conversation.on("changed", () => this.#step())
  }

  /**
   * Go to a message and highlight `words` in it.
   * @param {string} conversationId
   * @param {string} messageId
   * @param {string[]} words
   */
  to(conversationId, messageId, words) {
    this.#target = null
    if (this.#chat.id !== conversationId) this.#router.go(conversationId)
    this.#target = { conversationId, messageId, words }
    this.#step()
  }

  /** Continue once the conversation is open, unless the user went elsewhere. */
  #step() {
    if (!this.#target || this.#chat.opening) return
    const { conversationId, messageId, words } = this.#target
    this.#target = null
    if (this.#chat.id === conversationId) this.#bring(conversationId, messageId, words)
  }

  async #bring(conversationId, messageId, words) {
    if ((await this.#chat.reach(messageId)) && this.#chat.id === conversationId) this.#thread.reveal(messageId, words)
  }
}
