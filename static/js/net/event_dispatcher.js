import { runTask } from "../base/scheduling.js"

/** Events with a whole message, which take long to parse. */
const LONG = new Set(["generation_ended"])

/** Dispatches events in order; long ones in their own task, so input is handled first. */
export class EventDispatcher {
  #hand
  #later
  #waiting = 0

  /** @param {(name: Wire.FactName, payload: Wire.Fact) => void} hand */
  constructor(hand, { later = runTask } = {}) {
    this.#hand = hand
    this.#later = later
  }

  /**
   * @param {Wire.FactName} name
   * @param {Wire.Fact} payload
   */
  dispatch(name, payload) {
    if (this.#waiting === 0 && !LONG.has(name)) return this.#hand(name, payload)
    this.#waiting += 1
    this.#later(() => {
      this.#waiting -= 1
      this.#hand(name, payload)
    })
  }
}
