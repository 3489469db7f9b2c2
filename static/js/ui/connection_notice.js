import { Emitter } from "../base/emitter.js"
import { html, nothing, render } from "./lit.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { Connection } from "../net/connection.js" */

const DELAY_MS = 1500
const GRAVE = new Set(["blocked", "forbidden", "full", "unauthenticated"])

/**
 * Shows the connection's state when it matters: after a short while of trouble, or at once when the user sends.
 * Emits "changed" when it appears or disappears.
 * @extends {Emitter<{ changed: [] }>}
 */
export class ConnectionNotice extends Emitter {
  #connection
  #t
  #root
  #location
  #online
  #isShell
  #timer = null
  #shown = false

  /**
   * `isShell`: the page was opened offline; `online` tells whether the browser has a network.
   * @param {{ connection: Connection, t: Translate, root: HTMLElement, isShell?: boolean, location?: Location,
   *   online?: () => boolean }} parts
   */
  constructor({
    connection,
    t,
    root,
    isShell = false,
    location = globalThis.location,
    online = () => navigator.onLine,
  }) {
    super()
    this.#connection = connection
    this.#t = t
    this.#root = root
    this.#isShell = isShell
    this.#location = location
    this.#online = online
    connection.on("state", () => this.#follow())
    for (const name of ["online", "offline"]) globalThis.addEventListener(name, () => this.#draw())
    if (isShell) this.#show()
    else this.#follow()
  }

  /** Whether the notice is visible. */
  get isShown() {
    return this.#shown
  }

  /** The user wants to send now. */
  urgent() {
    if (this.#connection.state !== "connected") this.#show()
  }

  #follow() {
    const { state } = this.#connection
    if (state === "connected") this.#isShell = false
    if (state === "connected") this.#hide()
    else if (GRAVE.has(state) || this.#shown) this.#show()
    else this.#timer ??= setTimeout(() => this.#show(), DELAY_MS)
  }

  #show() {
    this.#turn(true)
  }

  #hide() {
    clearTimeout(this.#timer)
    this.#timer = null
    this.#turn(false)
  }

  #turn(shown) {
    const isNews = shown !== this.#shown
    this.#shown = shown
    this.#draw()
    if (isNews) this.emit("changed")
  }

  /** The state that is shown: the connection's, or "offline" without a network. */
  get #state() {
    const { state } = this.#connection
    const isTrying = state === "connecting" || state === "reconnecting"
    return isTrying && (this.#isShell || !this.#online()) ? "offline" : state
  }

  #draw() {
    const state = this.#state
    const { host, origin } = this.#location
    const reload = html`
      <button type="button" class="notice__deed" @click=${() => this.#location.reload()}>${this.#t("reload")}</button>`
    render(
      !this.#shown
        ? nothing
        : html`
      <p class="notice ${GRAVE.has(state) ? "notice--grave" : ""}" data-testid="connection-state" data-state=${state}>
        <i class="live"></i><span>${this.#t(state, { host, origin })}</span>${GRAVE.has(state) ? reload : nothing}
      </p>`,
      this.#root,
    )
  }
}
