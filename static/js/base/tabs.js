import { uuid } from "./uuid.js"

const KEY = "chatapp.tab"
const LOCK = "chatapp.tab "

/** This tab among the browser's tabs. Its id is the same over reloads, and no other tab has it. */
export class BrowserTabs {
  #locks

  /** `storage` is the session's; without `locks` (on plain HTTP, beyond localhost) nothing is known of other tabs. */
  constructor({ storage, locks = navigator.locks ?? null, window = globalThis.window }) {
    this.#locks = locks
    this.id = storage.getItem(KEY) ?? uuid()
    // A tab that is duplicated takes the session's storage along: the id lies there only between two pages.
    const hold = () => storage.removeItem(KEY)
    hold()
    window.addEventListener("pagehide", () => storage.setItem(KEY, this.id))
    window.addEventListener("pageshow", hold)
    locks?.request(LOCK + this.id, () => new Promise(() => {}))
  }

  /** Run a job while no other tab runs one of this name. */
  runExclusively(name, job) { return this.#locks ? this.#locks.request(name, job) : job() }

  /** The ids of the tabs that are open now, as far as it is known. */
  async openIds() {
    const { held = [], pending = [] } = await this.#locks?.query() ?? {}
    const names = [...held, ...pending].map(({ name }) => name).filter((name) => name.startsWith(LOCK))
    return new Set([this.id, ...names.map((name) => name.slice(LOCK.length))])
  }
}
