import { uuid } from "./uuid.js"

/** @import { SafeStorage } from "./storage.js" */

const KEY = "chatapp.tab"
const LOCK = "chatapp.tab "

/** This tab among the browser's tabs. Its id survives reloads and is unique. */
export class BrowserTabs {
  #locks

  /**
   * `storage` is the session's. Without `locks` (plain HTTP, except localhost) other tabs are unknown.
   * @param {{ storage: SafeStorage, locks?: LockManager | null, window?: Window }} parts
   */
  constructor({ storage, locks = navigator.locks ?? null, window = globalThis.window }) {
    this.#locks = locks
    this.id = storage.getItem(KEY) ?? uuid()
    // Duplicating a tab copies its session storage: the id is stored there only between two pages.
    const hold = () => storage.removeItem(KEY)
    hold()
    window.addEventListener("pagehide", () => storage.setItem(KEY, this.id))
    window.addEventListener("pageshow", hold)
    locks?.request(LOCK + this.id, () => new Promise(() => {}))
  }

  /**
   * Run a job; no other tab runs one of the same name meanwhile.
   * @param {string} name
   * @param {() => unknown} job
   */
  runExclusively(name, job) {
    return this.#locks ? this.#locks.request(name, job) : job()
  }

  /**
   * The ids of all open tabs, as far as known.
   * @returns {Promise<Set<string>>}
   */
  async openIds() {
    const { held = [], pending = [] } = (await this.#locks?.query()) ?? {}
    const names = [...held, ...pending].map(({ name }) => name).filter((name) => name.startsWith(LOCK))
    return new Set([this.id, ...names.map((name) => name.slice(LOCK.length))])
  }
}
