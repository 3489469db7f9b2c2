/**
 * Named events between modules, without the DOM.
 * @template {Record<string, any[]>} [Events=any] the values of each event, by name
 */
export class Emitter {
  /** @type {Map<keyof Events, Function[]>} */
  #listeners = new Map()

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(...values: Events[Name]) => void} listener
   */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? []
    this.#listeners.set(name, [...listeners, listener])
    return this
  }

  /**
   * Call the listeners in order. An error of one is reported, and keeps the event from no other.
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {Events[Name]} values
   */
  emit(name, ...values) {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(...values)
      } catch (error) {
        reportError(error)
      }
    }
  }
}
