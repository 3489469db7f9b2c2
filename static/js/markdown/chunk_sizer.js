const LEAST = 250
const MOST = 4000
const GROWTH = 1.5
const LONG_MS = 20

/**
 * How many characters of a text are taken with a step, where more have come: as many as keep its tasks short, judged by
 * what the steps before took.
 */
export class ChunkSizer {
  #size = LEAST

  get size() { return this.#size }

  /** A step took so many characters, and the longest of its tasks so many milliseconds. */
  record(length, ms) {
    if (ms > LONG_MS) this.#size = Math.max(LEAST, Math.min(this.#size, Math.round(length * LONG_MS / ms)))
    else if (length >= this.#size && GROWTH * ms <= LONG_MS) this.#size = Math.min(MOST, Math.round(GROWTH * this.#size))
  }
}
