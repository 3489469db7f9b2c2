const MIN = 250
const MAX = 4000
const GROWTH = 1.5
const LONG_MS = 20

/**
 * The number of characters per step while more are waiting: as many as keep its tasks short, judged by earlier steps.
 */
export class ChunkSizer {
  #size = MIN

  get size() {
    return this.#size
  }

  /**
   * Record a step's length and the duration of its longest task.
   * @param {number} length
   * @param {number} ms
   */
  record(length, ms) {
    if (ms > LONG_MS) this.#size = Math.max(MIN, Math.min(this.#size, Math.round((length * LONG_MS) / ms)))
    else if (length >= this.#size && GROWTH * ms <= LONG_MS) this.#size = Math.min(MAX, Math.round(GROWTH * this.#size))
  }
}
