/**
 * What comes while an answer streams is shown in three tasks instead of one: the change, the layout, and, in the frame,
 * the painting. Between them the browser sees to the reader.
 */

const SLICE_MS = 8
const IDLE_TIMEOUT_MS = 100
const MOST_FRAME_MS = 4
const MOST_FRAME_JOBS = 32
/** A hidden page makes no frames, but find-in-page and screen readers' copies should not be far behind. */
const HIDDEN_MS = 200
const followers = []

/** Act in a task of its own, after a wait; resolves to how long the act took. All times are in milliseconds. */
export function runTask(act, wait = 0) {
  const timed = () => {
    const before = performance.now()
    act()
    return performance.now() - before
  }
  const { scheduler } = globalThis
  if (scheduler?.postTask) return scheduler.postTask(timed, { priority: "user-blocking", delay: Math.max(0, wait) })
  return new Promise((resolve) => { setTimeout(() => resolve(timed()), wait) })
}

/** Lay out what was changed and let it be painted; resolves to how long each took. */
export async function layOutAndPaint() { return { layout: await layOut(), frame: await nextFrame() } }

/** Lay out what was changed; resolves to how long it took. Asked of the whole page, what is out of sight is left out. */
export function layOut() {
  return runTask(() => {
    void document.body.offsetHeight
    for (const act of followers) act()
  })
}

/** Act after each such layout: what follows from it, as where the page is scrolled to, costs the frame no second look. */
export function onLayout(act) { followers.push(act) }

/** Resolves after the next frame to its length, or, where none is made, after a while. */
function nextFrame() {
  return new Promise((resolve) => {
    const frame = requestAnimationFrame(() => {
      clearTimeout(late)
      const before = performance.now()
      setTimeout(() => resolve(performance.now() - before))
    })
    const late = setTimeout(() => {
      cancelAnimationFrame(frame)
      resolve(0)
    }, HIDDEN_MS)
  })
}

/** Do steps in slices of time, as long as they are wanted. Each is shown before the next, or all would be laid out at once. */
export async function runInSlices(steps, wanted) {
  let done = false
  const slice = () => {
    for (const end = performance.now() + SLICE_MS; !done && performance.now() < end;) done = !wanted() || steps.next().done
  }
  slice()
  while (!done) {
    await layOutAndPaint()
    await runTask(slice)
  }
}

/** Does long work in slices, between frames, so that scrolling and typing never wait for it. */
export class IdleWork {
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
  if (globalThis.requestIdleCallback) requestIdleCallback(act, { timeout: IDLE_TIMEOUT_MS })
  else setTimeout(act, 1)
}

/** Does small jobs in their order, a few per frame, so that many of them never hold the page up. */
export class FrameQueue {
  #jobs = []
  #alone = new WeakSet()
  #next = 0
  #running = false

  add(job) {
    this.#jobs.push(job)
    if (!this.#running) this.#run()
  }

  /** Add a job that takes the browser a frame of its own. */
  addAlone(job) {
    this.#alone.add(job)
    this.add(job)
  }

  async #run() {
    this.#running = true
    while (this.#next < this.#jobs.length) {
      await runTask(() => this.#slice())
      await layOutAndPaint()
    }
    this.#jobs = []
    this.#next = 0
    this.#running = false
  }

  #slice() {
    const startedAt = performance.now()
    const most = document.hidden ? Infinity : MOST_FRAME_JOBS
    for (let done = 0; this.#next < this.#jobs.length && done < most; done += 1) {
      const job = this.#jobs[this.#next]
      const isAlone = this.#alone.has(job) && !document.hidden
      if (isAlone && done > 0) return
      job()
      this.#next += 1
      if (isAlone) return
      if (!document.hidden && performance.now() - startedAt > MOST_FRAME_MS) return
    }
  }
}
