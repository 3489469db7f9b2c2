import { icons } from "../ui/icons.js"
import { html, nothing, render } from "../ui/lit.js"
import { TextBox } from "../ui/text_box.js"
import { QuestionHistory } from "./question_history.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { Chat } from "../state/chat.js" */
/** @import { Drafts } from "../state/drafts.js" */
/** @import { ConnectionNotice } from "../ui/connection_notice.js" */
/** @import { LengthLimit } from "./length_limit.js" */
/** @import { SendKey } from "./send_key.js" */

/** The message box and its Send and Stop buttons. */
export class Composer {
  #t
  #chat
  #length
  #drafts
  #sendKey
  #notice
  #box
  #button
  #hint
  #keys
  #history = new QuestionHistory()
  /** @type {string | null | undefined} */
  #draftOf

  /**
   * @param {{ t: Translate, chat: Chat, length: LengthLimit, drafts: Drafts, sendKey: SendKey,
   *   notice: ConnectionNotice, form: HTMLFormElement }} parts
   */
  constructor({ t, chat, length, drafts, sendKey, notice, form }) {
    this.#t = t
    this.#chat = chat
    this.#length = length
    this.#drafts = drafts
    this.#sendKey = sendKey
    this.#notice = notice
    this.#button = form.querySelector("[data-part=button]")
    this.#hint = form.querySelector("[data-part=hint]")
    this.#keys = form.querySelector("[data-part=keys]")
    const textarea = form.querySelector("textarea")
    this.#box = new TextBox(textarea, {
      sendKey,
      send: () => this.#submit(),
      cancel: () => this.#leaveRecall() || this.stop(),
      changed: () => this.#typed(),
      step: (direction) => this.#stepHistory(direction),
    })
    form.addEventListener("submit", (event) => event.preventDefault())
    drafts.busy = (id) => id === this.#draftOf && this.#box.busy
    drafts.on("changed", (id, text) => {
      if (id === this.#draftOf) this.#show(text)
    })
    sendKey.on("changed", () => this.#draw())
    chat.on("changed", () => this.#draw())
    this.#draw()
  }

  get focused() {
    return this.#box.focused
  }

  focus() {
    this.#box.focus()
  }

  /**
   * Show the draft of a conversation, unless it is open already.
   * @param {string | null} conversationId
   */
  open(conversationId) {
    if (conversationId === this.#draftOf) return
    this.#box.settle()
    this.#draftOf = conversationId
    this.#show(this.#drafts.get(conversationId))
  }

  /**
   * The new conversation got its id; its draft moves along.
   * @param {string} conversationId
   */
  onCreated(conversationId) {
    this.#drafts.move(this.#draftOf, conversationId)
    this.#draftOf = conversationId
  }

  /** The open conversation is gone: its draft moves to the new one. */
  onLost() {
    this.#box.settle()
    this.#drafts.move(this.#draftOf, null)
  }

  /**
   * Insert text before the present one, of the shown conversation or of another.
   * @param {string} text
   * @param {string | null} conversationId
   */
  putBack(text, conversationId = this.#draftOf) {
    const before = (/** @type {string} */ present) => [text, present].filter(Boolean).join("\n")
    if (conversationId !== this.#draftOf)
      return this.#drafts.set(conversationId, before(this.#drafts.get(conversationId)))
    const { focused } = this.#box
    this.#box.settle()
    this.#box.text = before(this.#box.text)
    this.#typed()
    if (focused) this.focus()
  }

  /** Stop the running answer; returns whether there was one. */
  stop() {
    if (!this.#chat.running) return false
    this.#chat.stop()
    return true
  }

  #show(text) {
    this.#history.leave()
    this.#box.text = text
    this.#check()
  }

  #submit() {
    const { focused } = this.#box
    this.#box.settle()
    const text = this.#box.text.trim()
    const problem = this.#length.problem(text)
    if (problem) this.#check()
    else if (text) this.#send(text)
    // Keep an on-screen keyboard as it is.
    if (focused || !this.#sendKey.touch) this.focus()
  }

  #send(text) {
    this.#box.text = ""
    this.#typed()
    this.#notice.urgent()
    this.#chat.send(text)
  }

  #typed() {
    this.#history.leave()
    this.#drafts.set(this.#draftOf, this.#box.text)
    this.#check()
  }

  /** Show what is wrong with the text, if anything. */
  #check() {
    const problem = this.#length.problem(this.#box.text.trim()) ?? ""
    this.#say(problem, "problem")
    if (problem) this.#hint.append(" ", this.#cutButton())
    this.#draw()
  }

  /** Only a text that is too long is a problem. */
  #cutButton() {
    const button = document.createElement("button")
    Object.assign(button, { type: "button", className: "composer__cut", textContent: this.#t("cutToFit") })
    button.dataset.testid = "cut-to-fit"
    button.addEventListener("click", () => this.#box.cut(this.#length.endOf(this.#box.text)))
    return button
  }

  /** An arrow key at the edge of the text: recall an older or newer question. */
  #stepHistory(direction) {
    if (!this.#history.active) {
      if (direction > 0 || this.#box.text) return false
      this.#history.begin(this.#chat.questions)
    } else if (!this.#box.atEdge) return false
    const text = this.#history.step(-direction)
    if (text === null) return this.#history.active
    this.#box.text = text
    this.#box.toEnd()
    this.#say(this.#history.active ? this.#t("recalled", this.#history.place) : "", "recall")
    this.#draw()
    return true
  }

  #leaveRecall() {
    if (!this.#history.active) return false
    this.#show("")
    return true
  }

  #say(text, kind = "hint") {
    this.#hint.textContent = text
    this.#hint.dataset.kind = text ? kind : ""
  }

  #draw() {
    const runs = this.#chat.running !== null
    const empty = this.#box.text.trim() === ""
    this.#keys.textContent = this.#keysFor({ runs, empty })
    const hadFocus = this.#button.contains(document.activeElement)
    render(this.#template({ stops: runs && empty, empty, stopsToo: runs && !empty }), this.#button)
    if (hadFocus && !this.#button.contains(document.activeElement))
      this.#button.querySelector("button:last-of-type").focus()
  }

  /** What Enter does. */
  #keysFor({ runs, empty }) {
    if (!runs && !this.#chat.waits) return this.#sendKey.sentence(this.#t)
    return empty ? "" : this.#t("queueHint")
  }

  /** With text in the box it can be sent, and stopped beside it. The last button stays the same element: it keeps the focus. */
  #template({ stops, empty, stopsToo }) {
    const name = this.#t(stops ? "stop" : "send")
    const idle = !stops && empty
    return html`${stopsToo ? this.#stopTemplate() : nothing}
      <button type="button" class="composer__button ${stops ? "composer__button--stop" : ""}" data-testid=${stops ? "stop" : "send"}
        title=${stops ? `${name} (Esc)` : name} aria-disabled=${idle} @mousedown=${(event) => event.preventDefault()}
        @click=${(event) => this.#press(event, stops)}>${stops ? icons.stop : icons.send}<span>${name}</span></button>`
  }

  /** Stop, as an icon beside Send. */
  #stopTemplate() {
    const name = this.#t("stop")
    return html`<button type="button" class="composer__button composer__button--beside" data-testid="stop" aria-label=${name}
      title=${`${name} (Esc)`} @mousedown=${(event) => event.preventDefault()} @click=${() => this.stop()}>${icons.stop}</button>`
  }

  /** The second click of a double click was meant for Send. */
  #press({ detail }, stops) {
    if (!stops) this.#submit()
    else if (detail < 2) this.stop()
  }
}
