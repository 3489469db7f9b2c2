import { inTask, shown } from "../base/frames.js"

const MOST_MS = 4
const MOST_JOBS = 32

/** Does small jobs in their order, a few per frame, so that many of them never hold the page up. */
export class Slices {
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
      await inTask(() => this.#slice())
      await shown()
    }
    this.#jobs = []
    this.#next = 0
    this.#running = false
  }

  #slice() {
    const startedAt = performance.now()
    const most = document.hidden ? Infinity : MOST_JOBS
    for (let done = 0; this.#next < this.#jobs.length && done < most; done += 1) {
      const job = this.#jobs[this.#next]
      const isAlone = this.#alone.has(job) && !document.hidden
      if (isAlone && done > 0) return
      job()
      this.#next += 1
      if (isAlone) return
      if (!document.hidden && performance.now() - startedAt > MOST_MS) return
    }
  }
}
