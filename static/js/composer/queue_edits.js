import { TextEditor } from "../ui/text_editor.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { QueueRow } from "../state/chat.js" */
/** @import { QueueActions } from "../state/queue_actions.js" */
/** @import { LengthLimit } from "./length_limit.js" */
/** @import { SendKey } from "./send_key.js" */

/**
 * An edit that was begun: in which conversation, of which question, its text then, and the revision that is replaced and
 * the newest one.
 * @typedef {{ conversationId: string, id: string, content: string, revision: number, newest: number,
 *   editor: TextEditor }} QueueEdit
 */

/** The edits of queued questions, by row. Those in other conversations wait until these are shown again. */
export class QueueEdits {
  #t
  #context
  #actions
  #closed
  /** @type {Map<string, QueueEdit>} */
  #edits = new Map()
  /**
   * The texts when Esc was pressed, restored by the next edit.
   * @type {Map<string, string>}
   */
  #left = new Map()

  /**
   * `closed` is called when a row is no longer edited.
   * @param {{ t: Translate, length: LengthLimit, sendKey: SendKey, actions: QueueActions,
   *   closed: () => void }} parts
   */
  constructor({ t, length, sendKey, actions, closed }) {
    this.#t = t
    this.#context = { t, length, sendKey }
    this.#actions = actions
    this.#closed = closed
  }

  /**
   * The editor of a row; undefined if it is not edited.
   * @param {string} key
   */
  editorOf(key) {
    return this.#edits.get(key)?.editor
  }

  /**
   * @param {QueueRow} row
   * @param {string} conversationId
   */
  begin({ key, content, question: { id, revision } }, conversationId) {
    const editor = new TextEditor({
      ...this.#context,
      name: "queue-editor",
      words: { label: this.#t("queueEdit"), save: this.#t("queueSave") },
      text: this.#left.get(key) ?? content,
      save: (text) => this.#save(key, text),
      close: (text) => this.#close(key, text),
    })
    editor.element.classList.add("queue__editor")
    this.#edits.set(key, { conversationId, id, content, revision, newest: revision, editor })
    return editor
  }

  /**
   * Follow the rows of a conversation. Returns the forms with new texts of questions that were sent or taken back meanwhile.
   * @param {QueueRow[]} rows
   * @param {string} conversationId
   */
  follow(rows, conversationId) {
    const questions = new Map(rows.map(({ key, question }) => [key, question]))
    const gone = []
    for (const [key, edit] of this.#edits) {
      if (edit.conversationId !== conversationId) continue
      edit.newest = questions.get(key)?.revision ?? edit.newest
      if (questions.has(key)) continue
      this.#edits.delete(key)
      if (edit.editor.text.trim() !== edit.content) gone.push(edit.editor)
    }
    return gone
  }

  /** @param {string} key */
  #close(key, left = "") {
    this.#edits.delete(key)
    if (left) this.#left.set(key, left)
    else this.#left.delete(key)
    this.#closed()
  }

  async #save(key, text) {
    const edit = this.#edits.get(key)
    const { result, revision } = await this.#actions.edit(edit, text)
    if (this.#edits.get(key) !== edit) return
    if (result === "saved") Object.assign(edit, { content: text, revision })
    if (result === "saved" && edit.editor.text.trim() === text) this.#close(key)
    if (result !== "conflict") return
    edit.revision = edit.newest
    edit.editor.say(this.#t("queueConflict"))
  }
}
