/** Named events between modules, without the DOM. */
export class Emitter {
  #listeners = new Map()

  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? []
    this.#listeners.set(name, [...listeners, listener])
    return this
  }

  emit(name, ...values) {
    for (const listener of this.#listeners.get(name) ?? []) listener(...values)
  }
}
