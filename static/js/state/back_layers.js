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
  #leaves = false

  /** @param {{ history: History, later?: (act: () => void) => unknown }} parts */
  constructor({ history, later = (act) => setTimeout(act) }) {
    this.#history = history
    this.#later = later
    this.#settleLater() // After a reload entries may be there already.
  }

  /** The number of layers for which the present entry is. */
  get entries() {
    return this.#history.state?.over ?? 0
  }

  /** Whether the history is on its way back to the entry of what is left. */
  get returns() {
    return this.#returns
  }

  /**
   * The browser loads another page. To go back in the history would end that; should it not come to it, the next layer
   * brings the entries in line.
   */
  leave() {
    this.#leaves = true
  }

  /**
   * `close` is called at Back. Returns what to call when the layer was closed otherwise.
   * @param {() => void} close
   */
  add(close) {
    const layer = { close }
    this.#layers.push(layer)
    this.#leaves = false
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
    this.#settleLater() // Another may take its place, or a conversation its entry.
  }

  #settleLater() {
    this.#later(() => this.#settle())
  }

  /** Bring the entries in line with the layers. */
  #settle() {
    if (this.#returns || this.#leaves) return
    const { length } = this.#layers
    for (let over = this.entries + 1; over <= length; over += 1) this.#history.pushState({ over }, "")
    if (this.entries <= length) return
    this.#returns = true
    this.#history.go(length - this.entries)
  }
}
