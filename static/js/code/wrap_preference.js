import { SafeStorage } from "../base/storage.js"

const KEY = "chatapp.wrap"

/** Whether long lines are wrapped in new code blocks: the last choice in this tab. */
export class WrapPreference {
  #storage

  constructor({ storage = new SafeStorage(() => globalThis.sessionStorage) } = {}) {
    this.#storage = storage
  }

  get chosen() {
    return this.#storage.getItem(KEY) === "on"
  }

  /** @param {boolean} wraps */
  choose(wraps) {
    this.#storage.setItem(KEY, wraps ? "on" : "off")
  }
}
