import { Emitter } from "./emitter.js"

const DAYS = 400 // The maximum in browsers.

/**
 * Web storage that may be full or forbidden. What cannot be stored is kept in memory until the page closes; the first
 * time, "full" is emitted.
 * @extends {Emitter<{ full: [] }>}
 */
export class SafeStorage extends Emitter {
  #storage
  /** @type {Map<string, string>} */
  #memory = new Map()
  #isFull = false

  /** @param {() => Storage} open */
  constructor(open) {
    super()
    try {
      this.#storage = open()
    } catch {
      this.#storage = null
    }
  }

  /**
   * The keys that begin with a prefix, including those kept in memory only.
   * @param {string} prefix
   */
  keys(prefix) {
    const keys = new Set([...Object.keys(this.#storage ?? {}), ...this.#memory.keys()])
    return [...keys].filter((key) => key.startsWith(prefix) && this.getItem(key) !== null)
  }

  /** @param {string} key */
  getItem(key) {
    return this.#memory.get(key) ?? this.#storage?.getItem(key) ?? null
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    try {
      this.#storage.setItem(key, value)
      this.#memory.delete(key)
    } catch {
      this.#remember(key, value)
    }
  }

  /**
   * The stored value is older; without removing it, it would return with the next page.
   * @param {string} key
   * @param {string} value
   */
  #remember(key, value) {
    this.#memory.set(key, value)
    this.#storage?.removeItem(key)
    if (this.#isFull || !this.#storage) return
    this.#isFull = true
    this.emit("full")
  }

  /** @param {string} key */
  removeItem(key) {
    this.#memory.delete(key)
    this.#storage?.removeItem(key)
  }
}

/** Cookies of preferences that the server needs to render the page. */
export class Cookies {
  #document

  constructor(document = globalThis.document) {
    this.#document = document
  }

  /** @param {string} name */
  get(name) {
    const pairs = this.#document.cookie.split("; ")
    return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? ""
  }

  /**
   * An empty value deletes the cookie.
   * @param {string} name
   * @param {string} value
   */
  set(name, value) {
    const age = value ? DAYS * 86_400 : 0
    this.#document.cookie = `${name}=${value}; path=/; max-age=${age}; samesite=lax`
  }
}
