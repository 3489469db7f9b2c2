import { Emitter } from "../base/emitter.js"

/** @import { Connection } from "../net/connection.js" */
/** @import { Conversation } from "./conversation.js" */

/**
 * What a user can do with the questions that wait on the server. Commands are resent until acknowledged.
 * Emits "problem" (error).
 * @extends {Emitter<{ problem: [{ message: string }] }>}
 */
export class QueueActions extends Emitter {
  #connection
  #conversation

  /** @param {{ connection: Connection, conversation: Conversation }} parts */
  constructor({ connection, conversation }) {
    super()
    this.#connection = connection
    this.#conversation = conversation
  }

  /**
   * Replace a text. Resolves with how that went: "saved", with the new revision, "conflict" if another tab was faster,
   * "gone" if the question was sent or taken back, or "refused" after a problem.
   * @param {{ id: string, revision: number }} question
   * @param {string} content
   * @returns {Promise<{ result: "saved" | "conflict" | "gone" | "refused", revision?: number }>}
   */
  async edit({ id, revision }, content) {
    try {
      const { queued } = await this.#connection.command("edit_queued", { queued_id: id, revision, content })
      return { result: "saved", revision: queued.revision }
    } catch (error) {
      if (error.code === "conflict") return { result: "conflict" }
      if (error.code === "not_found") return { result: "gone" }
      this.emit("problem", error)
      return { result: "refused" }
    }
  }

  /**
   * Put a question before another one, null: at the end. Resolves with whether it is there.
   * @param {{ id: string }} question
   * @param {string | null} before
   */
  move({ id }, before) {
    return this.#attempt("move_queued", { queued_id: id, before })
  }

  /**
   * Take a question out of the queue. Resolves with its text; null if it was sent.
   * @param {Wire.Queued} question
   */
  async takeBack({ id, content, client_message_id: clientId }) {
    try {
      return (await this.#connection.command("take_back_queued", { queued_id: id })).queued.content
    } catch (error) {
      const isSent = this.#conversation.messages.some((one) => one.client_message_id === clientId)
      if (error.code === "not_found" && !isSent) return content // The ack of the first try was lost.
      this.emit("problem", error)
      return null
    }
  }

  /**
   * Stop the answer above, if it is being written, and send a question.
   * @param {{ id: string }} question
   */
  sendNow({ id }) {
    return this.#attempt("send_queued", { queued_id: id })
  }

  /**
   * @template {keyof Wire.Commands} Name
   * @param {Name} command
   * @param {Wire.Commands[Name][0]} payload
   */
  async #attempt(command, payload) {
    try {
      await this.#connection.command(command, payload)
      return true
    } catch (error) {
      if (error.code !== "not_found") this.emit("problem", error) // It was sent meanwhile: the rows say so.
      return false
    }
  }
}
