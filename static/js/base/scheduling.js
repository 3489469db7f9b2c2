/**
 * Streaming updates are split into three tasks: DOM changes, layout, and paint. The browser can handle input in
 * between.
 */

/** @typedef {Pick<typeof globalThis, "setTimeout" | "clearTimeout">} Timers */

const SLICE_MS = 8
const IDLE_TIMEOUT_MS = 100
const MAX_FRAME_MS = 4
const MAX_FRAME_JOBS = 32
/** Hidden pages get no frames and are not laid out, but find-in-page and screen readers should still be up to date. */
const HIDDEN_MS = 200
/** @type {(() => void)[]} */
const followers = []
/** Whether the page has to be laid out once it is shown. */
let isOwed = false

/**
 * Run a function in its own task, after a delay; resolves to its duration. All times are in milliseconds.
 * @param {() => void} act
 * @returns {Promise<number>}
 */
export function runTask(act, wait = 0) {
  const timed = () => {
    const before = performance.now()
    act()
    return performance.now() - before
  }
  const { scheduler } = globalThis
  if (scheduler?.postTask) return scheduler.postTask(timed, { priority: "user-blocking", delay: Math.max(0, wait) })
  return new Promise((resolve) => {
    setTimeout(() => resolve(timed()), wait)
  })
}

/** Lay out and paint the changes; resolves to the duration of each. */
export async function layOutAndPaint() {
  return { layout: await layOut(), frame: await nextFrame() }
}

/**
 * Force a layout; resolves to its duration. A hidden page is laid out once it is shown. Reading the body's height skips
 * content that is out of view.
 */
export function layOut() {
  return runTask(() => {
    if (!document.hidden) readLayout()
    else if (!isOwed) {
      isOwed = true
      document.addEventListener("visibilitychange", layOutIfShown)
    }
  })
}

function layOutIfShown() {
  if (document.hidden) return
  isOwed = false
  document.removeEventListener("visibilitychange", layOutIfShown)
  readLayout()
}

function readLayout() {
  void document.body.offsetHeight
  for (const act of followers) act()
}

/**
 * Call a function after each `layOut`, when reading layout is free.
 * @param {() => void} act
 */
export function onLayout(act) {
  followers.push(act)
}

/** Resolves to the duration of the next frame, or to 0 if none comes. */
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

/**
 * Run an iterator in time slices while it is wanted. Each slice is painted before the next; otherwise all would be laid
 * out at once.
 * @param {Iterator<unknown>} steps
 * @param {() => boolean} wanted
 */
export async function runInSlices(steps, wanted) {
  let done = false
  const slice = () => {
    for (const end = performance.now() + SLICE_MS; !done && performance.now() < end; )
      done = !wanted() || steps.next().done
  }
  slice()
  while (!done) {
    await layOutAndPaint()
    await runTask(slice)
  }
}

/** Does long work in slices while the browser is idle. */
export class IdleWork {
  #step
  #later
  #waiting = false

  /**
   * `step` does a small piece of the work and returns whether more is left.
   * @param {() => boolean} step
   */
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

/**
 * Safari has no requestIdleCallback.
 * @param {() => void} act
 */
function whenIdle(act) {
  if (globalThis.requestIdleCallback) requestIdleCallback(act, { timeout: IDLE_TIMEOUT_MS })
  else setTimeout(act, 1)
}

/** Runs small jobs in order, a few per frame. */
export class FrameQueue {
  /** @type {(() => void)[]} */
  #jobs = []
  #alone = new WeakSet()
  #next = 0
  #running = false

  /** @param {() => void} job */
  add(job) {
    this.#jobs.push(job)
    if (!this.#running) this.#run()
  }

  /**
   * Add an expensive job: it runs alone in its frame.
   * @param {() => void} job
   */
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
    const most = document.hidden ? Infinity : MAX_FRAME_JOBS
    for (let done = 0; this.#next < this.#jobs.length && done < most; done += 1) {
      const job = this.#jobs[this.#next]
      const isAlone = this.#alone.has(job) && !document.hidden
      if (isAlone && done > 0) return
      job()
      this.#next += 1
      if (isAlone) return
      if (!document.hidden && performance.now() - startedAt > MAX_FRAME_MS) return
    }
  }
}
