/**
 * What was typed for settings and is not kept yet, with what is wrong with it, by the place it was typed for: a
 * conversation, the next new one. This tab remembers the texts over a reload.
 */
export class TypedSettings {
  #storage
  #key
  #places

  /** `storage` is this tab's own; `name` tells one form from the other. */
  constructor({ storage, name }) {
    this.#storage = storage
    this.#key = `chatapp.typedSettings.${name}`
    this.#places = new Map(read(storage.getItem(this.#key)).map(([place, texts]) => [place, typed(texts)]))
  }

  /** What was typed for a place: {texts, problems}, two maps by the names of fields. */
  of(place) {
    if (!this.#places.has(place)) this.#places.set(place, typed())
    return this.#places.get(place)
  }

  /** Write down what there is now. */
  keep() {
    const left = [...this.#places].filter(([, { texts }]) => texts.size > 0).map(([place, { texts }]) => [place, [...texts]])
    if (left.length > 0) this.#storage.setItem(this.#key, JSON.stringify(left))
    else this.#storage.removeItem(this.#key)
  }
}

function typed(texts = []) { return { texts: new Map(texts), problems: new Map() } }

function read(text) {
  try {
    return JSON.parse(text) ?? []
  } catch {
    return []
  }
}
