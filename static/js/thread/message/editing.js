import { Emitter } from "../../base/emitter.js"
import { MessageEditor } from "./message_editor.js"

const PREFIX = "edit/"

/**
 * Questions that are being edited, by message: drafts as any other, until they are sent or cancelled.
 * Emits "changed" (message id, text) for what another tab did.
 */
export class EditDrafts extends Emitter {
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

/**
 * Whether a question is being edited, and how far: what was begun is there again wherever its message is drawn anew,
 * until it is sent or cancelled.
 */
export class QuestionEdit {
  #context
  #message
  #changed
  #editor = null
  /** What was left by Esc, for who comes back to it. */
  #left = ""

  /** The context: {edits, actions}, and what the editor needs. `changed` is told that there is an editor, or none any more. */
  constructor({ context, message, changed }) {
    this.#context = context
    this.#message = message
    this.#changed = changed
    const begun = context.edits.get(message.id)
    if (begun) this.#open(begun)
  }

  /** The editor, null where there is none. */
  get element() { return this.#editor?.element ?? null }

  start() {
    const { id, content } = this.#message
    this.#open(this.#context.edits.get(id) || this.#left || content)
    this.#changed()
    this.#editor.focus()
  }

  /** Another tab wrote on; or it sent or cancelled it, where nothing is left. */
  follow(text) {
    if (text) this.#editor?.show(text)
    else if (this.#editor) this.#close()
  }

  #open(text) {
    const { edits } = this.#context
    const { id, content } = this.#message
    this.#editor = new MessageEditor({
      ...this.#context, text, close: (left) => this.#close(left), save: (final) => this.#save(final),
      changed: (now) => edits.set(id, now === content ? "" : now),
    })
  }

  #save(text) {
    const isTaken = this.#context.actions.edit(this.#message, text)
    if (isTaken) this.#close()
    return isTaken
  }

  #close(left = "") {
    this.#left = left
    this.#editor = null
    this.#context.edits.set(this.#message.id, "")
    this.#changed()
  }
}
