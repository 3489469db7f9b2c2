import { Emitter } from "../base/emitter.js"
import { BackLayers } from "./back_layers.js"

const CONVERSATION = /^\/c\/([^/]+)$/

/**
 * The conversation in the address bar, and what lies over it. Emits "changed" (id or null) when the user navigates.
 * @extends {Emitter<{ changed: [string | null] }>}
 */
export class Router extends Emitter {
  #window
  #layers
  /** The conversation got its id while something lay over it: the entries below have the former address. */
  #renamed = false
  /** A conversation was chosen while the history went back: it has no entry yet. */
  #isAhead = false
  /** @type {string | null} */
  #shown

  constructor(window = globalThis.window) {
    super()
    this.#window = window
    this.#layers = new BackLayers({ history: window.history, later: (act) => window.setTimeout(act) })
    this.#shown = this.id
    window.addEventListener("popstate", () => this.#popped())
    window.addEventListener("beforeunload", () => this.#layers.leave())
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
    this.#shown = id
    if (this.#layers.returns) this.#isAhead = true
    else this.#enter(id)
    this.emit("changed", id)
  }

  /** @param {string | null} id */
  #enter(id) {
    const { history } = this.#window
    // The entry of what lay over the page is used up.
    const enter = this.#layers.entries > 0 ? "replaceState" : "pushState"
    if (id !== this.id) history[enter](null, "", Router.path(id))
  }

  /**
   * Something lies over the page: Back calls `close`. Returns what to call when it was closed otherwise.
   * @param {() => void} close
   */
  cover(close) {
    return this.#layers.add(close)
  }

  /**
   * Change the address without a history entry.
   * @param {string | null} id
   */
  rename(id) {
    const { history } = this.#window
    this.#renamed = this.#layers.entries > 0
    history.replaceState(history.state ?? null, "", Router.path(id))
    this.#shown = id
  }

  #popped() {
    const isOver = this.#layers.popped()
    if (this.#isAhead) {
      this.#isAhead = false
      this.#enter(this.#shown)
    } else if (isOver && this.#renamed) this.rename(this.#shown)
    else if (!isOver || this.id !== this.#shown) {
      this.#shown = this.id
      this.emit("changed", this.id)
    }
  }
}
