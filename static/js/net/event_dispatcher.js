import { runTask } from "../base/scheduling.js"

/** They bring a whole answer, which the browser was long about reading. */
const LONG = new Set(["generation_ended"])

/** Hands on what arrives, in its order; what is long in a task of its own, so that the reader is seen to before it. */
export class EventDispatcher {
  #hand
  #later
  #waiting = 0

  /** `hand` takes (name, payload). */
  constructor(hand, { later = runTask } = {}) {
    this.#hand = hand
    this.#later = later
  }

  dispatch(name, payload) {
    if (this.#waiting === 0 && !LONG.has(name)) return this.#hand(name, payload)
    this.#waiting += 1
    this.#later(() => {
      this.#waiting -= 1
      this.#hand(name, payload)
    })
  }
}
