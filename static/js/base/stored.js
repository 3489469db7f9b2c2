import { Emitter } from "./emitter.js"

/**
 * Web storage that may be full or forbidden: the page then forgets, and goes on. Emits "full" when something is kept
 * only as long as the page, once.
 */
export class Stored extends Emitter {
  #storage
  #memory = new Map()
  #isFull = false

  constructor(open) {
    super()
    try {
      this.#storage = open()
    } catch {
      this.#storage = null
    }
  }

  getItem(key) { return this.#memory.get(key) ?? this.#storage?.getItem(key) ?? null }

  setItem(key, value) {
    try {
      this.#storage?.setItem(key, value)
      this.#memory.delete(key)
    } catch {
      this.#remember(key, value)
    }
  }

  /** What is stored already is older: it would be back with the next page as if it were the last word. */
  #remember(key, value) {
    this.#memory.set(key, value)
    this.#storage.removeItem(key)
    if (this.#isFull) return
    this.#isFull = true
    this.emit("full")
  }

  removeItem(key) {
    this.#memory.delete(key)
    this.#storage?.removeItem(key)
  }
}
