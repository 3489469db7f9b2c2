import { html, render } from "./lit.js"
import { icons } from "./icons.js"
import { TextBox } from "./text_box.js"

/** The message box and its one button, which is Send or Stop. */
export class Composer {
  #t
  #chat
  #length
  #drafts
  #notice
  #textarea
  #box
  #button
  #hint
  #draftOf = null

  constructor({ t, chat, length, drafts, notice, form }) {
    this.#t = t
    this.#chat = chat
    this.#length = length
    this.#drafts = drafts
    this.#notice = notice
    this.#textarea = form.querySelector("textarea")
    this.#button = form.querySelector("[data-part=button]")
    this.#hint = form.querySelector("[data-part=hint]")
    this.#textarea.placeholder = t("placeholder")
    this.#textarea.setAttribute("aria-label", t("message"))
    this.#box = new TextBox(this.#textarea, {
      send: () => this.#submit(),
      cancel: () => this.stop(),
      changed: () => this.#changed(),
    })
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#submit() })
    chat.on("changed", () => this.#draw())
    this.#draw()
  }

  get text() { return this.#box.text }

  focus() { this.#box.focus() }

  /** Show the draft of the conversation that is open now. */
  open(conversationId) {
    this.#draftOf = conversationId
    this.#box.text = this.#drafts.get(conversationId)
    this.#say("")
    this.#draw()
  }

  /** Put text into the box, before what is there. */
  putBack(text) {
    this.#box.text = [text, this.#box.text].filter(Boolean).join("\n")
    this.#changed()
    this.focus()
  }

  /** Stop the running answer; whether there was one. */
  stop() {
    if (!this.#chat.running) return false
    this.#chat.stop()
    return true
  }

  #submit() {
    this.#box.settle()
    const text = this.#box.text.trim()
    const problem = this.#length.problem(text)
    if (!text) return
    if (this.#chat.running) return this.#say(this.#t("hintRunning"))
    if (this.#chat.pending) return this.#say(this.#t("hintPending"))
    if (problem) return this.#say(problem, "problem")
    this.#box.text = ""
    this.#changed()
    this.#notice.urgent()
    this.#chat.send(text)
    this.focus()
  }

  #changed() {
    this.#drafts.set(this.#draftOf, this.#box.text)
    this.#say(this.#length.problem(this.#box.text.trim()) ?? "", "problem")
    this.#draw()
  }

  #say(text, kind = "hint") {
    this.#hint.textContent = text
    this.#hint.dataset.kind = text ? kind : ""
  }

  #draw() {
    if (!this.#chat.running && !this.#chat.pending && this.#hint.dataset.kind === "hint") this.#say("")
    render(this.#chat.running ? this.#stopButton() : this.#sendButton(), this.#button)
  }

  #stopButton() {
    return html`
      <button type="button" class="composer__button composer__button--stop" data-testid="stop"
        aria-label=${this.#t("stop")} title="${this.#t("stop")} (Esc)" @click=${() => this.stop()}>${icons.stop}</button>`
  }

  #sendButton() {
    const idle = this.#box.text.trim() === "" || this.#chat.pending !== null
    return html`
      <button class="composer__button" data-testid="send" aria-label=${this.#t("send")} title=${this.#t("send")}
        ?disabled=${idle}>${icons.send}</button>`
  }
}
