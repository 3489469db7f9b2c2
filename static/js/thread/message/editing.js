import { Emitter } from "../../base/emitter.js"
import { TextEditor } from "../../ui/text_editor.js"

/** @import { Drafts } from "../../state/drafts.js" */
/** @import { MessageContext } from "./message_view.js" */

const PREFIX = "edit/"

/**
 * Drafts of edited questions, by message, until they are sent or cancelled.
 * Emits "changed" (message id, text) for changes of other tabs.
 * @extends {Emitter<{ changed: [string, string] }>}
 */
export class EditDrafts extends Emitter {
  #drafts

  /** @param {{ drafts: Drafts }} parts */
  constructor({ drafts }) {
    super()
    this.#drafts = drafts
    drafts.on("changed", (id, text) => {
      if (id?.startsWith(PREFIX)) this.emit("changed", id.slice(PREFIX.length), text)
    })
  }

  /**
   * The edited text; empty if the message is not being edited.
   * @param {string} messageId
   */
  get(messageId) {
    return this.#drafts.get(PREFIX + messageId)
  }

  /**
   * @param {string} messageId
   * @param {string} text
   */
  set(messageId, text) {
    this.#drafts.set(PREFIX + messageId, text)
  }
}

/** The edit of one question. A begun edit is restored from its draft when the message is drawn again. */
export class QuestionEdit {
  #context
  #message
  #changed
  /** @type {TextEditor | null} */
  #editor = null
  /** The text when Esc was pressed, restored by the next start. */
  #left = ""

  /**
   * `changed` is called when the editor opens or closes.
   * @param {{ context: MessageContext, message: Wire.Message, changed: () => void }} parts
   */
  constructor({ context, message, changed }) {
    this.#context = context
    this.#message = message
    this.#changed = changed
    const begun = context.edits.get(message.id)
    if (begun) this.#open(begun)
  }

  /** The editor's element, null if closed. */
  get element() {
    return this.#editor?.element ?? null
  }

  start() {
    const { id, content } = this.#message
    this.#open(this.#context.edits.get(id) || this.#left || content)
    this.#changed()
    this.#editor.focus()
  }

  /**
   * Another tab changed the text, or sent or cancelled it (empty).
   * @param {string} text
   */
  follow(text) {
    if (text) this.#editor?.show(text)
    else if (this.#editor) this.#close()
  }

  #open(text) {
    const { edits, t, sendKey } = this.#context
    const { id, content } = this.#message
    this.#editor = new TextEditor({
      ...this.#context,
      name: "editor",
      words: {
        label: t("edit"),
        save: t("sendEdited"),
        hint: () => [t("editHint"), sendKey.sentence(t)].filter(Boolean).join(" "),
      },
      text,
      close: (left) => this.#close(left),
      save: (final) => this.#save(final),
      changed: (now) => edits.set(id, now === content ? "" : now),
    })
  }

  #save(text) {
    if (this.#context.actions.edit(this.#message, text)) this.#close()
    else this.#editor.say(this.#context.t("unsentFirst"))
  }

  #close(left = "") {
    this.#left = left
    this.#editor = null
    this.#context.edits.set(this.#message.id, "")
    this.#changed()
  }
}
