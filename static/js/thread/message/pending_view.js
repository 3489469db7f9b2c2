import { catchLostFocus } from "../../ui/focus.js"
import { icons } from "../../ui/icons.js"
import { html, nothing, render } from "../../ui/lit.js"
import { errorWords } from "./answer_errors.js"
import { errorTemplate } from "./error_view.js"
import { QuestionBody } from "./question_body.js"
import { otherModelButtons } from "./remedy_buttons.js"
import { StageView } from "./stage_view.js"

/** @import { Unsent } from "../../state/chat.js" */
/** @import { ErrorButton } from "./error_view.js" */
/** @import { MessageContext } from "./message_view.js" */

const WAITS = { offline: "sendsLater", behind: "sendsBehind" }

/** An outbox entry: the message, and its state. */
export class PendingView {
  #context
  #body
  #stage
  /** @type {Unsent} */
  #entry
  #announced = null

  /**
   * @param {MessageContext} context
   * @param {Unsent} entry
   */
  constructor(context, entry) {
    this.#context = context
    this.#body = new QuestionBody(context)
    this.#stage = new StageView(context)
    this.#entry = entry
    this.element = document.createElement("div")
    this.element.className = "pending"
  }

  get live() {
    return this.#sending || this.#until > Date.now()
  }

  /** @param {Unsent} entry */
  update(entry) {
    this.#entry = entry
    const { content = "" } = entry.payload
    this.#body.show(content)
    this.#body.finish()
    this.#stage.show("sending", entry.at)
    catchLostFocus(this.element, () => render(this.#template(), this.element))
    this.#announce()
  }

  tick() {
    if (this.#sending) this.#stage.tick()
    else this.update(this.#entry)
  }

  get #sending() {
    return this.#entry.state === "sending" && this.#entry.stage === "sending"
  }

  get #until() {
    return this.#entry.at + (this.#entry.error?.retry_after ?? 0) * 1000
  }

  /** The text key of why it waits or failed; null while sending. */
  get #status() {
    const { state, stage, payload } = this.#entry
    if (state === "failed") return payload.content === undefined ? "failed" : "not_sent"
    return WAITS[stage] ?? null
  }

  /** Announce each change once. */
  #announce() {
    const status = this.#status
    if (status && status !== this.#announced) this.#context.announce(status)
    this.#announced = status
  }

  #template() {
    const { payload, state } = this.#entry
    return html`
      ${
        payload.content === undefined
          ? nothing
          : html`
        <article class="message message--user" data-testid="message" data-role="user" data-message-id=${this.#entry.id}
          data-status=${state === "sending" ? "sending" : "unsent"}>
          <h2 class="hidden">${this.#context.t("youSaid")}</h2>${this.#body.element}</article>`
      }
      ${state === "failed" ? this.#failure() : this.#sending ? this.#stage.element : this.#waiting()}`
  }

  /** What it waits for, and the button to take it back. */
  #waiting() {
    const { t } = this.#context
    const { stage } = this.#entry
    const back = this.#wayBack()
    return html`
      <p class="pending__waits" data-testid="stage" data-stage=${stage}>${icons.clock}
        <span>${t(this.#status)}</span>
        <button type="button" class="pending__deed" data-testid=${back.testid} @click=${back.act}>${back.label}</button></p>`
  }

  /**
   * What helps, best first.
   * @returns {ErrorButton[]}
   */
  #remedies() {
    const { t, actions } = this.#context
    const { error } = this.#entry
    const again = { testid: "send-again", label: t("sendAgain"), act: () => actions.retry(this.#entry), waits: true }
    const models = this.#sendWith()
    const settings = { testid: "open-settings", label: t("settings"), act: () => actions.openSettings() }
    if (error.reason === "model_not_found") return [...models, again]
    if (error.reason === "not_allowed") return [settings, again, ...models]
    return error.scope === "model" ? [...models, again] : [again]
  }

  #sendWith() {
    const { t, actions } = this.#context
    return otherModelButtons(this.#context, {
      model: this.#entry.payload.model,
      label: (name) => t("sendWithModel", { model: name }),
      act: (model) => actions.retryWith(this.#entry, model),
      heading: t("sendWith"),
    })
  }

  /** @returns {ErrorButton} */
  #wayBack() {
    const { t, actions } = this.#context
    return this.#entry.payload.content === undefined
      ? { testid: "dismiss", label: t("cancel"), act: () => actions.discard(this.#entry) }
      : { testid: "put-back", label: t("putBack"), act: () => actions.putBack(this.#entry) }
  }

  #failure() {
    const { t } = this.#context
    const { error } = this.#entry
    return errorTemplate({
      ...this.#context,
      error: error.detail ? { ...error, message: errorWords(error, t).own, detail: undefined } : error,
      title: t(this.#status),
      buttons: [...this.#remedies(), this.#wayBack()],
      until: this.#until,
    })
  }
}
