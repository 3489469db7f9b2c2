import { layOutAndPaint, runTask } from "../base/scheduling.js"

/**
 * A step is followed by a rest of this many times its length, and of the length of all that it took to show it: so no
 * text takes the page for itself, and who types or scrolls does not wait.
 */
const REST = 4
const SHOWN_REST = 1

/** When what came is shown: at once, or after a rest; at most once a frame. */
export class RenderLoop {
  #step
  #wanted = false
  #working = false
  /** Changes with every stop: what was under way then goes no further. */
  #turn = 0

  /** How long the change or the layout of the step before took, whichever was longer. */
  longest = 0

  constructor(step) { this.#step = step }

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
        const step = await runTask(() => { if (!stopped()) this.#act() }, wait)
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
