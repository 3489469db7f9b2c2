import { Api } from "../net/api.js"
import { html, nothing, render } from "../ui/lit.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { ConversationList } from "../state/conversation_list.js" */
/** @import { Outbox } from "../state/outbox.js" */

/** Signs this browser out, after telling what is lost by it. */
export class SignOutDialog {
  #root
  #api
  #list
  #outbox
  #t
  #left
  #isLast = true
  #problem = ""
  #isBusy = false

  /**
   * `root` is the dialog in templates/chat.html; `left` is called once signed out.
   * @param {{ root: HTMLDialogElement, api: Api, list: ConversationList, outbox: Outbox, t: Translate,
   *   left: () => void }} parts
   */
  constructor({ root, api, list, outbox, t, left }) {
    this.#root = root
    this.#api = api
    this.#list = list
    this.#outbox = outbox
    this.#t = t
    this.#left = left
  }

  async open() {
    this.#isLast = true
    this.#isBusy = false
    this.#problem = ""
    this.#draw()
    this.#root.showModal()
    /** @type {HTMLElement} */
    const cancel = this.#root.querySelector("[data-testid=sign-out-cancel]")
    cancel.focus()
    await this.#look()
  }

  /** Ask for the confirmation until it is known that nothing becomes unreachable. */
  async #look() {
    try {
      const [{ sessions }, hasAny] = await Promise.all([this.#api.devices(), this.#list.hasAny()])
      this.#isLast = hasAny && sessions.every(({ current }) => current)
    } catch {
      return
    }
    this.#draw()
  }

  /** @param {Event} event */
  async #signOut(event) {
    event.preventDefault()
    this.#isBusy = true
    this.#problem = ""
    this.#draw()
    try {
      await this.#api.signOut()
      this.#left()
    } catch (error) {
      if (error.status === 401) return this.#left() // Signed out already.
      this.#isBusy = false
      this.#problem = error.message
      this.#draw()
    }
  }

  #draw() {
    const t = this.#t
    render(
      html`
      <h2 class="dialog__title" id="sign-out-title">${t("signOut")}</h2>
      <p class="dialog__text">${t("signOutWhy")}</p>
      ${this.#outbox.empty ? nothing : html`<p class="dialog__warning" data-testid="sign-out-unsent">${t("signOutUnsent")}</p>`}
      <form @submit=${(event) => this.#signOut(event)}>
        ${this.#isLast ? this.#warning() : nothing}
        <p class="dialog__problem" role="alert" data-testid="sign-out-problem">${this.#problem}</p>
        <div class="dialog__deeds">
          <button type="button" class="button" data-testid="sign-out-cancel" @click=${() => this.#root.close()}>${t("cancel")}</button>
          <button class="button button--main" data-testid="sign-out" ?disabled=${this.#isBusy}>${t("signOut")}</button>
        </div>
      </form>`,
      this.#root,
    )
  }

  #warning() {
    const t = this.#t
    return html`
      <div class="dialog__warning" data-testid="sign-out-last">
        <p>${t("signOutLast")}</p>
        <a class="button" download href=${Api.exportOf("json")}>${t("exportAllJson")}</a>
        <label class="dialog__agree"><input type="checkbox" required data-testid="sign-out-agree"><span>${t("signOutAgree")}</span></label>
      </div>`
  }
}
