const SLICE_MS = 8
const TIMEOUT_MS = 100

/** Does long work in slices, between frames, so that scrolling and typing never wait for it. */
export class Slices {
  #step
  #later
  #waiting = false

  /** `step` does a small piece and returns whether more is left. */
  constructor(step, { later = whenIdle } = {}) {
    this.#step = step
    this.#later = later
  }

  start() {
    if (this.#waiting) return
    this.#waiting = true
    this.#later(() => this.#slice())
  }

  #slice() {
    this.#waiting = false
    const end = performance.now() + SLICE_MS
    let more = true
    while (more && performance.now() < end) more = this.#step()
    if (more) this.start()
  }
}

/** Safari has no requestIdleCallback; there the next task must do. */
function whenIdle(act) {
  if (globalThis.requestIdleCallback) requestIdleCallback(act, { timeout: TIMEOUT_MS })
  else setTimeout(act, 1)
}
