import { Emitter } from "../../base/emitter.js"

const PREFIX = "edit/"

/**
 * Questions that are being edited, by message: drafts as any other, until they are sent or cancelled.
 * Emits "changed" (message id, text) for what another tab did.
 */
export class Edits extends Emitter {
  #drafts

  constructor({ drafts }) {
    super()
    this.#drafts = drafts
    drafts.on("changed", (id, text) => {
      if (id?.startsWith(PREFIX)) this.emit("changed", id.slice(PREFIX.length), text)
    })
  }

  /** The text so far; empty where nobody edits. */
  get(messageId) { return this.#drafts.get(PREFIX + messageId) }

  set(messageId, text) { this.#drafts.set(PREFIX + messageId, text) }
}
