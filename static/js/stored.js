/** Web storage that may be full or forbidden: the page then forgets, and goes on. */
export class Stored {
  #storage
  #memory = new Map()

  constructor(open) {
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
      this.#memory.set(key, value)
    }
  }

  removeItem(key) {
    this.#memory.delete(key)
    this.#storage?.removeItem(key)
  }
}
