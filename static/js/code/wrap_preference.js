import { SafeStorage } from "../base/storage.js"

const KEY = "chatapp.wrap"

/** Whether long lines of code are wrapped: what was chosen last holds for the blocks that come, as long as the tab lives. */
export class WrapPreference {
  #storage

  constructor({ storage = new SafeStorage(() => globalThis.sessionStorage) } = {}) { this.#storage = storage }

  get chosen() { return this.#storage.getItem(KEY) === "on" }

  choose(wraps) { this.#storage.setItem(KEY, wraps ? "on" : "off") }
}
