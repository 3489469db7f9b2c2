import { Emitter } from "../base/emitter.js"
import { html, nothing, render } from "./lit.js"

const PATIENCE_MS = 1500
const GRAVE = new Set(["blocked", "forbidden", "unauthenticated"])

/**
 * Says how the connection is, once it matters: after a moment of trouble, or at once to someone who sends.
 * Emits "changed" when it comes and goes.
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

  /** `isShell`: this page was opened without the server; `online` is false where the browser knows of no network. */
  constructor({ connection, t, root, isShell = false, location = globalThis.location, online = () => navigator.onLine }) {
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

  /** Whether the person is told that there is no connection. */
  get isShown() { return this.#shown }

  /** The person wants to send now. */
  urgent() {
    if (this.#connection.state !== "connected") this.#show()
  }

  #follow() {
    const { state } = this.#connection
    if (state === "connected") this.#isShell = false
    if (state === "connected") this.#hide()
    else if (GRAVE.has(state) || this.#shown) this.#show()
    else this.#timer ??= setTimeout(() => this.#show(), PATIENCE_MS)
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

  /** What is said: the connection's state, or "offline" where there is no network to try it on. */
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
    render(!this.#shown ? nothing : html`
      <p class="notice ${GRAVE.has(state) ? "notice--grave" : ""}" data-testid="connection-state" data-state=${state}>
        <i class="live"></i><span>${this.#t(state, { host, origin })}</span>${GRAVE.has(state) ? reload : nothing}
      </p>`, this.#root)
  }
}
