import { Stored } from "./stored.js"

/** Web storage, of which one can also ask what is there. */
export class StoredList extends Stored {
  #open
  #own = new Set()

  constructor(open) {
    super(open)
    this.#open = open
  }

  /** The keys that begin with a prefix, those that found no room in the storage too. */
  keys(prefix) {
    return [...new Set([...this.#kept, ...this.#own])].filter((key) => key.startsWith(prefix) && this.getItem(key) !== null)
  }

  setItem(key, value) {
    super.setItem(key, value)
    this.#own.add(key)
  }

  removeItem(key) {
    super.removeItem(key)
    this.#own.delete(key)
  }

  get #kept() {
    try {
      return Object.keys(this.#open())
    } catch {
      return []
    }
  }
}
