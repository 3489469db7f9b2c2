import { Emitter } from "../base/emitter.js"

const CONVERSATION = /^\/c\/([^/]+)$/

/** Which conversation the address names; emits "changed" (id or null) when the person goes elsewhere. */
export class Router extends Emitter {
  #window

  constructor(window = globalThis.window) {
    super()
    this.#window = window
    window.addEventListener("popstate", () => this.emit("changed", this.id))
  }

  static path(id) { return id ? `/c/${encodeURIComponent(id)}` : "/" }

  get id() {
    const match = CONVERSATION.exec(this.#window.location.pathname)
    return match ? decodeURIComponent(match[1]) : null
  }

  /** Go to a conversation (null: the empty page); the address names it from now on. */
  go(id) {
    if (id !== this.id) this.#window.history.pushState(null, "", Router.path(id))
    this.emit("changed", id)
  }

  /** Name the conversation that is shown already, or correct the address, without a step in the history. */
  rename(id) { this.#window.history.replaceState(null, "", Router.path(id)) }
}
