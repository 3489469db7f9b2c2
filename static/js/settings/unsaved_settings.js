/** @import { OwnerStorage } from "../base/owner_storage.js" */
/** @typedef {{ texts: Map<string, string>, problems: Map<string, string> }} Unsaved by field name */

/** Unsaved input of a settings form and its errors, by what it was typed for. Texts survive reloads of this tab. */
export class UnsavedSettings {
  #storage
  #key
  /** @type {Map<string | null, Unsaved>} */
  #byKey

  /**
   * `storage` is the tab's; `name` identifies the form.
   * @param {{ storage: OwnerStorage, name: string }} parts
   */
  constructor({ storage, name }) {
    this.#storage = storage
    this.#key = `chatapp.typedSettings.${name}`
    this.#byKey = new Map(parseStored(storage.getItem(this.#key)).map(([key, texts]) => [key, createEntry(texts)]))
  }

  /**
   * The input for a key.
   * @param {string | null} key
   */
  of(key) {
    if (!this.#byKey.has(key)) this.#byKey.set(key, createEntry())
    return this.#byKey.get(key)
  }

  /** Store the present texts. */
  keep() {
    const left = [...this.#byKey].filter(([, { texts }]) => texts.size > 0).map(([key, { texts }]) => [key, [...texts]])
    if (left.length > 0) this.#storage.setItem(this.#key, JSON.stringify(left))
    else this.#storage.removeItem(this.#key)
  }
}

/**
 * @param {[string, string][]} texts
 * @returns {Unsaved}
 */
function createEntry(texts = []) {
  return { texts: new Map(texts), problems: new Map() }
}

/** @returns {[string | null, [string, string][]][]} */
function parseStored(text) {
  try {
    return JSON.parse(text) ?? []
  } catch {
    return []
  }
}
