import { Emitter } from "../base/emitter.js"

const CONVERSATION = /^\/c\/([^/]+)$/

/**
 * The conversation in the address bar. Emits "changed" (id or null) when the user navigates.
 * @extends {Emitter<{ changed: [string | null] }>}
 */
export class Router extends Emitter {
  #window

  constructor(window = globalThis.window) {
    super()
    this.#window = window
    window.addEventListener("popstate", () => this.emit("changed", this.id))
  }

  /** @param {string | null} id */
  static path(id) {
    return id ? `/c/${encodeURIComponent(id)}` : "/"
  }

  get id() {
    const match = CONVERSATION.exec(this.#window.location.pathname)
    return match ? decodeURIComponent(match[1]) : null
  }

  /**
   * Navigate to a conversation (null: the empty page).
   * @param {string | null} id
   */
  go(id) {
    if (id !== this.id) this.#window.history.pushState(null, "", Router.path(id))
    this.emit("changed", id)
  }

  /**
   * Change the address without a history entry.
   * @param {string | null} id
   */
  rename(id) {
    this.#window.history.replaceState(null, "", Router.path(id))
  }
}
