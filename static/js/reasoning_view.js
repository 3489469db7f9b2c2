import { BodyView } from "./body_view.js"

/** What a model thought before it answered: live while it thinks, folded when the answer starts. */
export class ReasoningView {
  #t
  #format
  #body = new BodyView({ testid: "reasoning-text" })
  #summary = document.createElement("summary")
  #live = false

  constructor({ t, format }) {
    this.#t = t
    this.#format = format
    this.element = document.createElement("details")
    this.element.className = "reasoning"
    this.element.dataset.testid = "reasoning"
    this.element.append(this.#summary, this.#body.element)
  }

  get empty() { return this.#body.text === "" }

  append(text) { this.#body.append(text) }
  replace(text) { this.#body.replace(text) }

  /** Follow the generation; without one, what is shown is over. A person's own folding stays. */
  show(generation) {
    const live = generation?.stage === "thinking"
    if (live !== this.#live) this.element.open = live
    this.#live = live
    if (live) this.#summary.textContent = this.#t("thinking")
    else this.#summary.textContent = this.#took(generation) ?? (this.#summary.dataset.took || this.#t("thought"))
  }

  #took(generation) {
    if (!generation?.reasoningAt || !generation.textAt) return null
    const time = this.#format.duration(generation.textAt - generation.startedAt)
    this.#summary.dataset.took = this.#t("thoughtFor", { time })
    return this.#summary.dataset.took
  }
}
