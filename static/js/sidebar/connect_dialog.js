import { writeJoinLink } from "../base/join_link.js"
import { icons } from "../ui/icons.js"
import { html, nothing, render } from "../ui/lit.js"

/** @import { Format } from "../base/format.js" */
/** @import { Translate } from "../base/translator.js" */
/** @import { Api } from "../net/api.js" */
/** @import { Clipboard } from "../ui/clipboard.js" */

const TICK_MS = 1000
const COPIED_MS = 2000
/** Stands for this computer's address in its network. */
const EXAMPLE = "192.168.0.10"
const LOOPBACK = /^(localhost$|127\.|\[::1\]$)/

/** Shows a one-time code that lets a phone, browser or terminal join this session: to scan, to open, or to type. */
export class ConnectDialog {
  #root
  #api
  #clipboard
  #t
  #format
  #location
  #code = null
  #expiresAt = 0
  #problem = ""
  #copied = null
  #timer = null
  #conversationId
  /** @type {typeof import("../ui/qr_code.js").qrCode | null} */
  #qrCode = null

  /**
   * `clipboard(onFailed)` creates a Clipboard: toasts are hidden behind the dialog. `conversationId` returns what is open,
   * to be opened on the other device.
   * @param {{ root: HTMLDialogElement, api: Api, clipboard: (onFailed: () => void) => Clipboard, t: Translate,
   *   format: Format, conversationId: () => string | null, location?: Location }} parts
   */
  constructor({ root, api, clipboard, t, format, conversationId, location = globalThis.location }) {
    this.#root = root
    this.#api = api
    this.#clipboard = clipboard(() => this.#say(t("copyFailed")))
    this.#t = t
    this.#format = format
    this.#location = location
    this.#conversationId = conversationId
    root.addEventListener("close", () => {
      this.#timer = clearInterval(this.#timer) ?? null
    })
  }

  async open() {
    this.#code = null
    this.#say("")
    this.#root.showModal()
    this.#timer = setInterval(() => this.#draw(), TICK_MS)
    await Promise.all([this.#renew(), this.#loadQrCode()])
    this.#draw()
    // What stands above the code is read first.
    this.#root.querySelector("[data-testid=copy-code]")?.focus({ preventScroll: true })
  }

  /** On demand: most visits need none. Without it the link and the code are there. */
  async #loadQrCode() {
    this.#qrCode ??= (await import("../ui/qr_code.js").catch(() => null))?.qrCode ?? null
  }

  /** Get a new code; the earlier one becomes invalid. */
  async #renew() {
    try {
      const { code, expires_at: expiresAt } = await this.#api.sessionCode()
      this.#code = code
      this.#expiresAt = Date.parse(expiresAt)
      this.#say("")
    } catch (error) {
      this.#say(`${this.#t("codeFailed")} ${error.message}`)
    }
  }

  #say(problem) {
    this.#problem = problem
    this.#draw()
  }

  async #copy(text) {
    if (!(await this.#clipboard.copy(text))) return
    this.#copied = text
    this.#draw()
    setTimeout(() => {
      this.#copied = null
      this.#draw()
    }, COPIED_MS)
  }

  #draw() {
    const t = this.#t
    const { origin, hostname } = this.#location
    const left = this.#code ? Math.max(0, Math.ceil((this.#expiresAt - Date.now()) / 1000)) : 0
    const line = `python -m chatapp chat --server ${origin} --code ${left > 0 ? this.#code : "…"}`
    render(
      html`
      <h2 class="dialog__title" id="connect-title">${t("connect")}</h2>
      <p class="dialog__text">${t("connectWhy")}</p>
      <p class="dialog__problem" role="alert" data-testid="connect-problem">${this.#problem}</p>
      ${LOOPBACK.test(hostname) ? this.#reachable() : this.#scannable(left)}
      ${this.#codeTemplate(left)}
      <h3 class="dialog__part">${t("onPhone")}</h3>
      <p class="dialog__text">${t("onPhoneHow")}</p>
      ${this.#copyable("copy-address", `${origin}/join`, true)}
      <h3 class="dialog__part">${t("inTerminal")}</h3>
      ${this.#copyable("copy-line", line, left > 0)}
      <button type="button" class="dialog__close" data-testid="dialog-close" aria-label=${t("close")} title=${t("close")}
        @click=${() => this.#root.close()}>${icons.close}</button>`,
      this.#root,
    )
  }

  /** @param {number} left */
  #scannable(left) {
    const t = this.#t
    if (left === 0) return nothing
    const { origin } = this.#location
    const link = writeJoinLink({ origin, code: this.#code, conversationId: this.#conversationId() })
    const copied = this.#copied === link
    return html`
      <div class="scan">
        ${this.#qrCode ? this.#qrCode(link, t("qrLabel")) : nothing}
        <div class="scan__how">
          <p>${t(this.#conversationId() ? "scanToHere" : "scan")}</p>
          <button type="button" class="button" data-testid="copy-link" @click=${() => this.#copy(link)}>${
            copied ? icons.check : icons.copy
          }${t(copied ? "copied" : "copyLink")}</button>
        </div>
      </div>`
  }

  /** What to set so that other devices can open the page. */
  #reachable() {
    const t = this.#t
    const port = this.#location.port ? `:${this.#location.port}` : ""
    const settings = ["HOST=0.0.0.0", "CHATAPP_PASSWORD=…", `CHATAPP_ORIGINS=http://${EXAMPLE}${port}`]
    return html`
      <div class="dialog__hint" data-testid="only-here">
        <p>${t("onlyHere")}</p>
        <pre class="dialog__settings"><code>${settings.join("\n")}</code></pre>
        <p>${t("onlyHereHow", { address: EXAMPLE })}</p>
      </div>`
  }

  #codeTemplate(left) {
    const t = this.#t
    const over = this.#code !== null && left === 0
    const time = this.#format.countdown(left * 1000)
    return html`
      <div class="pairing ${over ? "pairing--over" : ""}">
        <output class="pairing__value" data-testid="code">${this.#code ?? "····-····"}</output>
        ${left > 0 ? this.#copyButton("copy-code", this.#code) : nothing}
      </div>
      <div class="pairing__row">
        ${left > 0 ? html`<span class="pairing__left" data-testid="code-left">${t("codeLeft", { time })}</span>` : nothing}
        <span class="pairing__left" role="status">${over ? t("codeOver") : ""}</span>
        <button type="button" class="button" data-testid="new-code" @click=${() => this.#renew()}>${t("codeNew")}</button>
      </div>`
  }

  #copyable(testid, text, enabled) {
    const words = text.split(" ").map((word) => html`<span class="line__word">${word}</span> `)
    return html`
      <div class="line">
        <code class="line__text">${words}</code>${enabled ? this.#copyButton(testid, text) : nothing}</div>`
  }

  #copyButton(testid, text) {
    const t = this.#t
    const copied = this.#copied === text
    return html`
      <button type="button" class="line__copy" data-testid=${testid} aria-label="${t(copied ? "copied" : "copy")}: ${text}"
        title=${t(copied ? "copied" : "copy")} @click=${() => this.#copy(text)}>${copied ? icons.check : icons.copy}</button>`
  }
}
