import { Emitter } from "../base/emitter.js"

/** @import { Cookies, SafeStorage } from "../base/storage.js" */
/** @typedef {"theme" | "language" | "sendKey" | "announces"} PreferenceName */

const IN_COOKIE = "cookie"
const IN_STORAGE = "storage"

/**
 * Storage and values of each preference, the default first. The server needs theme and language to render the page.
 * @type {Record<PreferenceName, { kept: "cookie" | "storage", key: string, values: any[] }>}
 */
const KINDS = {
  theme: { kept: IN_COOKIE, key: "chatapp_theme", values: ["system", "light", "dark"] },
  language: { kept: IN_COOKIE, key: "chatapp_language", values: ["", "ko", "en"] },
  sendKey: { kept: IN_STORAGE, key: "chatapp.sendKey", values: ["", "enter", "mod+enter"] },
  announces: { kept: IN_STORAGE, key: "chatapp.announces", values: [true, false] },
}

/**
 * The preferences of this browser: `theme`, `language` ("": as the browser), `sendKey` ("": by device), `announces`.
 * Emits "changed" (name), also for changes of other tabs.
 * @extends {Emitter<{ changed: [PreferenceName] }>}
 */
export class Preferences extends Emitter {
  #cookies
  #storage
  #channel
  /** @type {Partial<Record<PreferenceName, any>>} */
  #values = {}

  /** @param {{ cookies: Cookies, storage: SafeStorage, channel: BroadcastChannel }} parts */
  constructor({ cookies, storage, channel }) {
    super()
    this.#cookies = cookies
    this.#storage = storage
    this.#channel = channel
    for (const name of Object.keys(KINDS)) this.#values[name] = this.#load(name)
    channel.addEventListener("message", ({ data }) => this.#apply(data.name, data.value))
  }

  get theme() {
    return this.#values.theme
  }
  get language() {
    return this.#values.language
  }
  get sendKey() {
    return this.#values.sendKey
  }
  get announces() {
    return this.#values.announces
  }

  /**
   * The values of a preference, the default first.
   * @param {PreferenceName} name
   */
  static valuesOf(name) {
    return KINDS[name].values
  }

  /** @param {PreferenceName} name */
  set(name, value) {
    if (!this.#apply(name, value)) return
    this.#store(name, value)
    this.#channel.postMessage({ name, value })
  }

  /**
   * Returns whether the value is new.
   * @param {PreferenceName} name
   */
  #apply(name, value) {
    if (!KINDS[name]?.values.includes(value) || this.#values[name] === value) return false
    this.#values[name] = value
    this.emit("changed", name)
    return true
  }

  #load(name) {
    const { kept, key, values } = KINDS[name]
    const text = kept === IN_COOKIE ? this.#cookies.get(key) : this.#storage.getItem(key)
    return values.find((value) => String(value) === text) ?? values[0]
  }

  /** A default is not stored: if it changes some day, it changes for everyone who chose nothing. */
  #store(name, value) {
    const { kept, key, values } = KINDS[name]
    const text = value === values[0] ? "" : String(value)
    if (kept === IN_COOKIE) this.#cookies.set(key, text)
    else if (text) this.#storage.setItem(key, text)
    else this.#storage.removeItem(key)
  }
}
