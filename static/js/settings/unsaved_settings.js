/**
 * What was typed for settings and is not kept yet, with what is wrong with it, by the place it was typed for: a
 * conversation, the next new one. This tab remembers the texts over a reload.
 */
export class UnsavedSettings {
  #storage
  #key
  #byKey

  /** `storage` is this tab's own; `name` tells one form from the other. */
  constructor({ storage, name }) {
    this.#storage = storage
    this.#key = `chatapp.typedSettings.${name}`
    this.#byKey = new Map(parseStored(storage.getItem(this.#key)).map(([key, texts]) => [key, createEntry(texts)]))
  }

  /** What was typed for a key: {texts, problems}, two maps by the names of fields. */
  of(key) {
    if (!this.#byKey.has(key)) this.#byKey.set(key, createEntry())
    return this.#byKey.get(key)
  }

  /** Write down what there is now. */
  keep() {
    const left = [...this.#byKey].filter(([, { texts }]) => texts.size > 0).map(([key, { texts }]) => [key, [...texts]])
    if (left.length > 0) this.#storage.setItem(this.#key, JSON.stringify(left))
    else this.#storage.removeItem(this.#key)
  }
}

function createEntry(texts = []) { return { texts: new Map(texts), problems: new Map() } }

function parseStored(text) {
  try {
    return JSON.parse(text) ?? []
  } catch {
    return []
  }
}
