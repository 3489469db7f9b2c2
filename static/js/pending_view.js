import { BodyView } from "./body_view.js"
import { errorTemplate } from "./error_view.js"
import { html, nothing, render } from "./lit.js"
import { StageView } from "./stage_view.js"

/** What was sent and is not acknowledged: the question as it will be, and how it stands. */
export class PendingView {
  #kit
  #body = new BodyView()
  #stage
  #entry = null

  constructor(kit, entry) {
    this.#kit = kit
    this.#stage = new StageView(kit)
    this.#entry = entry
    this.element = document.createElement("div")
    this.element.className = "pending"
  }

  get live() { return this.#entry.state === "sending" || this.#until > Date.now() }

  update(entry) {
    this.#entry = entry
    this.#body.replace(entry.payload.content ?? "")
    this.#stage.show("sending", entry.at)
    render(this.#template(), this.element)
  }

  tick() {
    if (this.#entry.state === "sending") this.#stage.tick()
    else this.update(this.#entry)
  }

  get #until() { return this.#entry.at + (this.#entry.error?.retry_after ?? 0) * 1000 }

  #template() {
    const { payload, state } = this.#entry
    return html`
      ${payload.content === undefined ? nothing : html`
        <article class="message message--user" data-testid="message" data-role="user" data-message-id=${this.#entry.id}
          data-status=${state === "sending" ? "sending" : "unsent"}>
          <h2 class="hidden">${this.#kit.t("youSaid")}</h2>${this.#body.element}</article>`}
      ${state === "sending" ? this.#stage.element : this.#failure()}`
  }

  #failure() {
    const { t, actions } = this.#kit
    const { error, payload } = this.#entry
    const again = { testid: "send-again", label: t("sendAgain"), act: () => actions.retry(this.#entry), waits: true }
    const back = payload.content === undefined
      ? { testid: "dismiss", label: t("cancel"), act: () => actions.discard(this.#entry) }
      : { testid: "put-back", label: t("putBack"), act: () => actions.putBack(this.#entry) }
    const title = t(payload.content === undefined ? "failed" : "not_sent")
    return errorTemplate({ ...this.#kit, error, title, deeds: [again, back], until: this.#until })
  }
}
