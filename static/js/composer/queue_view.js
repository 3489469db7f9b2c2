import { icons } from "../ui/icons.js"
import { html, nothing, render, repeat } from "../ui/lit.js"
import { QueueEdits } from "./queue_edits.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { Chat, QueueRow } from "../state/chat.js" */
/** @import { QueueActions } from "../state/queue_actions.js" */
/** @import { Announcer } from "../ui/announcer.js" */
/** @import { LengthLimit } from "./length_limit.js" */
/** @import { SendKey } from "./send_key.js" */

const NOTES = { held: "queueHeld", elsewhere: "queueElsewhere" }

/** The questions that wait, as rows over the message box. */
export class QueueView {
  #t
  #chat
  #actions
  #announcer
  #putBack
  #home
  #root
  /** @type {QueueRow[]} */
  #rows = []
  #edits
  /** Rows on which a command is under way. */
  #busy = new Set()

  /**
   * `putBack(text, conversationId)` inserts a text into the message box of a conversation; `home()` focuses the box.
   * @param {{ t: Translate, chat: Chat, actions: QueueActions, announcer: Announcer, length: LengthLimit, sendKey: SendKey,
   *   putBack: (text: string, conversationId: string) => void, home: () => void, root: HTMLElement }} parts
   */
  constructor({ t, chat, actions, announcer, length, sendKey, putBack, home, root }) {
    this.#t = t
    this.#chat = chat
    this.#actions = actions
    this.#announcer = announcer
    this.#edits = new QueueEdits({ t, length, sendKey, actions, closed: () => this.#draw() })
    this.#putBack = putBack
    this.#home = home
    this.#root = root
    chat.on("changed", () => this.#show())
    chat.on("queued", () => announcer.say("queuedNow", { n: this.#chat.queue.length }))
  }

  #show() {
    const before = this.#rows
    this.#rows = this.#chat.queue
    this.#leaveGone()
    if (before.length === 0 && this.#rows.length === 0) return
    const wasHeld = before.some(({ stage }) => stage === "held")
    if (!wasHeld && this.#rows.some(({ stage }) => stage === "held")) this.#announcer.say("queueHeld")
    this.#draw(before)
  }

  /** Questions that are being edited were sent or taken back: their new texts go to the message box. */
  #leaveGone() {
    const { id, opening } = this.#chat
    if (opening) return // What is shown may be outdated.
    for (const { text, element } of this.#edits.follow(this.#rows, id)) {
      this.#putBack(text, id)
      if (element.contains(document.activeElement)) this.#home()
      this.#announcer.say("queueGone")
    }
  }

  /** @param {QueueRow[]} before */
  #draw(before = this.#rows) {
    const focused = this.#focused(before)
    this.#root.hidden = this.#rows.length === 0
    render(this.#rows.length > 0 ? this.#template() : nothing, this.#root)
    if (focused && !this.#root.contains(document.activeElement)) this.#passFocus(focused)
  }

  /** The control that has the focus: its name, and its row's key and place. */
  #focused(before) {
    const active = /** @type {HTMLElement | null} */ (document.activeElement)
    const row = this.#root.contains(active) ? active.closest("[data-key]") : null
    if (!row) return null
    const { key } = /** @type {HTMLElement} */ (row).dataset
    return { key, name: active.dataset.testid, at: before.findIndex((one) => one.key === key) }
  }

  /** Focus the same control again or the row's editor, else the control of the row now in its place, else the message box. */
  #passFocus({ key, name, at }) {
    const editor = this.#edits.editorOf(key)
    if (editor) return editor.focus()
    const rows = [...this.#root.querySelectorAll("[data-key]")]
    const same = rows.find((row) => /** @type {HTMLElement} */ (row).dataset.key === key)
    const row = same ?? rows[Math.min(at, rows.length - 1)]
    const controls = [name, "queue-edit"].map((one) => row?.querySelector(`[data-testid="${one}"]:not(:disabled)`))
    const target = /** @type {HTMLElement | undefined} */ (controls.find(Boolean))
    if (target) target.focus()
    else this.#home()
  }

  #template() {
    const t = this.#t
    const held = this.#rows.some(({ stage }) => stage === "held")
    return html`
      <h2 class="queue__title" id="queue-title">${icons.clock}
        <span>${held ? t("queueHeld") : t("queueTitle", { n: this.#rows.length })}</span></h2>
      <ol class="queue__rows" tabindex="-1">${repeat(
        this.#rows,
        ({ key }) => key,
        (row, at) => this.#rowTemplate(row, at),
      )}</ol>`
  }

  /** @param {QueueRow} row */
  #rowTemplate(row, at) {
    const { key, content, stage } = row
    return html`
      <li class="queue__row" data-key=${key} data-testid="queued" data-stage=${stage}>${
        this.#edits.editorOf(key)?.element ??
        html`
        <p class="queue__text" dir="auto" title=${content}>${content}</p>
        ${stage === "elsewhere" ? html`<p class="queue__note">${this.#t(NOTES[stage])}</p>` : nothing}
        <div class="queue__deeds" role="group" aria-label=${this.#t("queuePlace", { n: at + 1, text: brief(content) })}>
          ${row.question ? this.#deeds(row) : nothing}
          ${this.#button("queue-take-back", "queueTakeBack", icons.close, () => this.#takeBack(row))}
        </div>`
      }</li>`
  }

  /** @param {QueueRow} row */
  #deeds(row) {
    const inQueue = this.#rows.filter(({ question }) => question?.parent_id === row.question.parent_id)
    const place = inQueue.indexOf(row)
    const now = row.stage === "waiting" ? "queueSendNow" : "queueSend"
    return html`
      ${this.#button("queue-send", now, icons.sendNow, () => this.#sendNow(row))}
      ${this.#button("queue-edit", "queueEdit", icons.edit, () => this.#edit(row))}
      ${
        inQueue.length > 1
          ? html`
        ${this.#button("queue-up", "queueUp", icons.up, () => this.#move(row, inQueue[place - 1], place), place === 0)}
        ${this.#button("queue-down", "queueDown", icons.lower, () => this.#move(row, inQueue[place + 2], place + 2), place === inQueue.length - 1)}`
          : nothing
      }`
  }

  #button(testid, name, icon, act, idle = false) {
    const label = this.#t(name)
    return html`<button type="button" class="queue__deed" data-testid=${testid} title=${label} aria-label=${label}
      aria-disabled=${idle} @click=${() => idle || act()}>${icon}</button>`
  }

  /** @param {QueueRow} row */
  #edit(row) {
    const editor = this.#edits.begin(row, this.#chat.id)
    this.#draw()
    editor.focus()
  }

  /**
   * @param {QueueRow} row
   * @param {QueueRow | undefined} before
   * @param {number} place
   */
  async #move(row, before, place) {
    const isMoved = await this.#once(row, () => this.#actions.move(row.question, before?.question.id ?? null))
    if (isMoved) this.#announcer.say("queueMoved", { n: place })
  }

  /** @param {QueueRow} row */
  async #takeBack(row) {
    const { id } = this.#chat
    if (row.entry) this.#chat.discard(row.entry)
    const text = row.entry ? row.content : await this.#once(row, () => this.#actions.takeBack(row.question))
    if (typeof text !== "string") return
    this.#putBack(text, id)
    if (this.#chat.id === id) this.#home()
  }

  /** @param {QueueRow} row */
  #sendNow(row) {
    return this.#once(row, () => this.#actions.sendNow(row.question))
  }

  /** Run a command on a row, unless one is under way. */
  async #once({ key }, act) {
    if (this.#busy.has(key)) return
    this.#busy.add(key)
    try {
      return await act()
    } finally {
      this.#busy.delete(key)
    }
  }
}

/** @param {string} text */
function brief(text) {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
