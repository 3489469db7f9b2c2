import { icons } from "../ui/icons.js"
import { html, nothing, render, repeat } from "../ui/lit.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { Format } from "../base/format.js" */
/** @import { Api } from "../net/api.js" */

/** Lists the devices that are signed in, and signs others out. */
export class DevicesDialog {
  #root
  #api
  #t
  #format
  /** @type {Wire.Session[] | null} */
  #devices = null
  #problem = ""
  #news = ""

  /**
   * `root` is the dialog in templates/chat.html.
   * @param {{ root: HTMLDialogElement, api: Api, t: Translate, format: Format }} parts
   */
  constructor({ root, api, t, format }) {
    this.#root = root
    this.#api = api
    this.#t = t
    this.#format = format
  }

  async open() {
    this.#devices = null
    this.#news = ""
    this.#say("")
    this.#root.showModal()
    await this.#load()
  }

  async #load() {
    try {
      this.#devices = (await this.#api.devices()).sessions
      this.#draw()
    } catch (error) {
      this.#say(error.message)
    }
  }

  /** @param {string} problem */
  #say(problem) {
    this.#problem = problem
    this.#draw()
  }

  get #others() {
    return (this.#devices ?? []).filter(({ current }) => !current)
  }

  /** @param {Wire.Session} device */
  async #end(device) {
    await this.#do(
      () => this.#api.endDevice(device.id),
      () => this.#t("deviceEnded", { name: this.#nameOf(device) }),
    )
  }

  async #endOthers() {
    await this.#do(
      () => this.#api.endOtherDevices(),
      () => this.#t("devicesEnded"),
    )
  }

  /**
   * The pressed button goes, so the focus moves to the first that is left.
   * @param {() => Promise<unknown>} act
   * @param {() => string} news
   */
  async #do(act, news) {
    try {
      await act()
      this.#news = news()
      this.#problem = ""
    } catch (error) {
      if (error.code !== "not_found") return this.#say(error.message) // Else it is signed out already.
    }
    await this.#load()
    /** @type {HTMLElement} */
    const left = this.#root.querySelector("[data-testid=device-end]") ?? this.#root.querySelector(".dialog__close")
    left.focus()
  }

  /** @param {Wire.Session} session */
  #nameOf({ device }) {
    return device ?? this.#t("deviceUnknown")
  }

  #draw() {
    const t = this.#t
    render(
      html`
      <h2 class="dialog__title" id="devices-title">${t("devices")}</h2>
      <p class="dialog__text">${t("devicesWhy")}</p>
      ${this.#devices ? this.#list() : html`<p class="dialog__note">${this.#problem ? nothing : t("opening")}</p>`}
      <p class="dialog__note" role="status" data-testid="devices-news">${this.#news}</p>
      <p class="dialog__problem" role="alert" data-testid="devices-problem">${this.#problem}</p>
      ${
        this.#others.length > 0
          ? html`
      <div class="dialog__deeds"><button type="button" class="button" data-testid="devices-end-others"
        @click=${() => this.#endOthers()}>${t("signOutOthers")}</button></div>`
          : nothing
      }
      <button type="button" class="dialog__close" data-testid="dialog-close" aria-label=${t("close")} title=${t("close")}
        @click=${() => this.#root.close()}>${icons.close}</button>`,
      this.#root,
    )
  }

  #list() {
    const own = this.#devices.filter(({ current }) => current)
    return html`
      <ul class="devices">${repeat(
        [...own, ...this.#others],
        ({ id }) => id,
        (device) => this.#item(device),
      )}</ul>`
  }

  /** @param {Wire.Session} device */
  #item(device) {
    const t = this.#t
    const name = this.#nameOf(device)
    const used = html`<time datetime=${device.seen_at} title=${this.#format.moment(device.seen_at)}>${t("deviceUsed", {
      when: this.#format.ago(device.seen_at),
    })}</time>`
    return html`
      <li class="devices__one" data-testid="device">
        <span class="devices__name">${name}</span>
        <span class="devices__used">${device.current ? t("deviceThis") : used}</span>
        ${
          device.current
            ? nothing
            : html`
        <button type="button" class="button devices__end" data-testid="device-end" aria-label="${t("signOut")}: ${name}"
          @click=${() => this.#end(device)}>${t("signOut")}</button>`
        }
      </li>`
  }
}
