import { layOutAndPaint, runTask } from "../base/scheduling.js"

/**
 * The rest after a step, as a multiple of its duration, and of the duration of everything it took to show: input is
 * never blocked for long.
 */
const REST = 4
const SHOWN_REST = 1

/** Schedules rendering steps: at once or after a rest, at most one per frame. */
export class RenderLoop {
  #step
  #wanted = false
  #working = false
  /** Incremented by each stop, to end the loop that is running. */
  #turn = 0

  /** The duration of the previous step or its layout, whichever was longer. */
  longest = 0

  /** @param {() => void} step */
  constructor(step) {
    this.#step = step
  }

  request() {
    this.#wanted = true
    if (!this.#working) this.#run(this.#turn)
  }

  stop() {
    this.#wanted = this.#working = false
    this.#turn += 1
  }

  async #run(turn) {
    this.#working = true
    const stopped = () => turn !== this.#turn
    try {
      let wait = 0
      while (!stopped() && this.#wanted) {
        const step = await runTask(() => {
          if (!stopped()) this.#act()
        }, wait)
        if (stopped()) return
        const rested = performance.now() + REST * step
        const { layout, frame } = await layOutAndPaint()
        this.longest = Math.max(step, layout)
        wait = Math.max(rested - performance.now(), SHOWN_REST * (step + layout + frame))
      }
    } finally {
      if (!stopped()) this.#working = false
    }
  }

  #act() {
    this.#wanted = false
    this.#step()
  }
}
