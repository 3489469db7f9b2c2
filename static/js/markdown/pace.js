const SLICE_MS = 8
/** A step is followed by a rest of this many times its length, so that no text takes the page for itself. */
const REST = 4
/** Nobody sees a hidden page, but find-in-page and screen readers' copies should not be far behind. */
const HIDDEN_MS = 200

/** When what came is shown: with the next frame, or after a rest. */
export class Pace {
  #step
  #waiting = null
  #restUntil = 0

  constructor(step) { this.#step = step }

  soon() { this.#waiting ??= later(() => this.#run(), this.#restUntil - performance.now()) }

  stop() {
    this.#waiting?.()
    this.#waiting = null
  }

  #run() {
    this.#waiting = null
    const before = performance.now()
    this.#step()
    const after = performance.now()
    this.#restUntil = after + REST * (after - before)
  }
}

/** Run before the next paint, or after a wait; returns how to take it back. */
function later(run, wait) {
  if (wait <= 0 && !document.hidden) {
    const frame = requestAnimationFrame(run)
    return () => cancelAnimationFrame(frame)
  }
  const timer = setTimeout(run, document.hidden ? HIDDEN_MS : wait)
  return () => clearTimeout(timer)
}

/** Do steps in slices of time, as long as they are wanted. */
export async function inSlices(steps, wanted) {
  let end = performance.now() + SLICE_MS
  while (wanted() && !steps.next().done) {
    if (performance.now() < end) continue
    await pause()
    end = performance.now() + SLICE_MS
  }
}

const pause = () => globalThis.scheduler?.yield?.() ?? new Promise((resolve) => { setTimeout(resolve) })
