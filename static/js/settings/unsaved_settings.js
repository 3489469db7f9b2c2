/** Unsaved input of a settings form and its errors, by what it was typed for. Texts survive reloads of this tab. */
export class UnsavedSettings {
  #storage
  #key
  #byKey

  /** `storage` is the tab's; `name` identifies the form. */
  constructor({ storage, name }) {
    this.#storage = storage
    this.#key = `chatapp.typedSettings.${name}`
    this.#byKey = new Map(parseStored(storage.getItem(this.#key)).map(([key, texts]) => [key, createEntry(texts)]))
  }

  /** The input for a key: {texts, problems}, maps by field name. */
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

function createEntry(texts = []) {
  return { texts: new Map(texts), problems: new Map() }
}

function parseStored(text) {
  try {
    return JSON.parse(text) ?? []
  } catch {
    return []
  }
}
