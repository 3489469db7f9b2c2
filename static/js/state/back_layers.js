/** @typedef {{ close: () => void }} Layer */

/**
 * What lies over the page, the uppermost last: the list as a drawer, dialogs, menus. Each has a history entry of its own,
 * so that Back closes it and does not leave the page. An entry knows how many layers it is for (`over`).
 */
export class BackLayers {
  #history
  #later
  /** @type {Layer[]} */
  #layers = []
  #returns = false

  /** @param {{ history: History, later?: (act: () => void) => unknown }} parts */
  constructor({ history, later = (act) => setTimeout(act) }) {
    this.#history = history
    this.#later = later
  }

  /** The number of layers for which the present entry is. */
  get entries() {
    return this.#history.state?.over ?? 0
  }

  /**
   * `close` is called at Back. Returns what to call when the layer was closed otherwise.
   * @param {() => void} close
   */
  add(close) {
    const layer = { close }
    this.#layers.push(layer)
    this.#settle()
    return () => this.#remove(layer)
  }

  /** The user, or we, went in the history. Returns whether that was about layers alone. */
  popped() {
    const returned = this.#returns
    this.#returns = false
    const closed = returned ? [] : this.#layers.splice(this.entries)
    for (const { close } of closed.reverse()) close()
    this.#settle()
    return returned || closed.length > 0
  }

  /** @param {Layer} layer */
  #remove(layer) {
    if (!this.#layers.includes(layer)) return
    this.#layers = this.#layers.filter((one) => one !== layer)
    this.#later(() => this.#settle()) // Another may take its place, or a conversation its entry.
  }

  /** Bring the entries in line with the layers. After a reload an entry may be there already. */
  #settle() {
    if (this.#returns) return
    const { length } = this.#layers
    for (let over = this.entries + 1; over <= length; over += 1) this.#history.pushState({ over }, "")
    if (this.entries <= length) return
    this.#returns = true
    this.#history.go(length - this.entries)
  }
}
