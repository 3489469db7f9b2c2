import { MessageEditor } from "./message_editor.js"

/**
 * Whether a question is being edited, and how far: what was begun is there again wherever its message is drawn anew,
 * until it is sent or cancelled.
 */
export class Editing {
  #kit
  #message
  #changed
  #editor = null
  /** What was left by Esc, for who comes back to it. */
  #left = ""

  /** The kit: {edits, actions}, and what the editor needs. `changed` is told that there is an editor, or none any more. */
  constructor({ kit, message, changed }) {
    this.#kit = kit
    this.#message = message
    this.#changed = changed
    const begun = kit.edits.get(message.id)
    if (begun) this.#open(begun)
  }

  /** The editor, null where there is none. */
  get element() { return this.#editor?.element ?? null }

  start() {
    const { id, content } = this.#message
    this.#open(this.#kit.edits.get(id) || this.#left || content)
    this.#changed()
    this.#editor.focus()
  }

  /** Another tab wrote on; or it sent or cancelled it, where nothing is left. */
  follow(text) {
    if (text) this.#editor?.show(text)
    else if (this.#editor) this.#close()
  }

  #open(text) {
    const { edits } = this.#kit
    const { id, content } = this.#message
    this.#editor = new MessageEditor({
      ...this.#kit, text, close: (left) => this.#close(left), save: (final) => this.#save(final),
      changed: (now) => edits.set(id, now === content ? "" : now),
    })
  }

  #save(text) {
    const isTaken = this.#kit.actions.edit(this.#message, text)
    if (isTaken) this.#close()
    return isTaken
  }

  #close(left = "") {
    this.#left = left
    this.#editor = null
    this.#kit.edits.set(this.#message.id, "")
    this.#changed()
  }
}
