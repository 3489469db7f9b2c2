import { Emitter } from "./emitter.js"

const DAYS = 400 // The longest that browsers keep any.

/**
 * Web storage that may be full or forbidden: the page then forgets, and goes on. Emits "full" when something is kept
 * only as long as the page, once.
 */
export class SafeStorage extends Emitter {
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

  /** The keys that begin with a prefix, also of what is kept only as long as the page. */
  keys(prefix) {
    const keys = new Set([...Object.keys(this.#storage ?? {}), ...this.#memory.keys()])
    return [...keys].filter((key) => key.startsWith(prefix) && this.getItem(key) !== null)
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

/** Cookies that the server reads too, so that a page comes as the reader wants it. */
export class Cookies {
  #document

  constructor(document = globalThis.document) { this.#document = document }

  get(name) {
    const pairs = this.#document.cookie.split("; ")
    return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? ""
  }

  /** An empty value takes the cookie away. */
  set(name, value) {
    const age = value ? DAYS * 86_400 : 0
    this.#document.cookie = `${name}=${value}; path=/; max-age=${age}; samesite=lax`
  }
}
