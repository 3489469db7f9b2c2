const SLICE_MS = 8
/**
 * A step is followed by a rest of this many times its length, and of the length of its frame, in which the browser lays
 * out and paints: so no text takes the page for itself, and who types or scrolls does not wait.
 */
const REST = 4
const FRAME_REST = 1
/** A hidden page makes no frames, but find-in-page and screen readers' copies should not be far behind. */
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
    setTimeout(() => this.#rest(before)) // After the frame.
  }

  #rest(before) {
    const now = performance.now()
    this.#restUntil = Math.max(this.#restUntil, now + FRAME_REST * (now - before))
  }
}

/** Run before the next paint, or before the first one after a wait; returns how to take it back. */
function later(run, wait) {
  let frame = null
  const asFrame = () => { frame = requestAnimationFrame(act) }
  const timer = wait > 0 ? setTimeout(asFrame, wait) : asFrame()
  const late = setTimeout(act, Math.max(0, wait) + HIDDEN_MS)
  return forget

  function act() {
    forget()
    run()
  }

  function forget() {
    clearTimeout(timer)
    clearTimeout(late)
    cancelAnimationFrame(frame)
  }
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
