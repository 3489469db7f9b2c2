import { SandboxFrame } from "./sandbox_frame.js"

/** @import { Look } from "./colours.js" */
/** @typedef {Look & { source: string }} Source */
/**
 * @typedef {{ diagram: Source, wanted: () => boolean, resolve: (svg: string) => void,
 *   reject: (reason: Error) => void }} Job
 */

const ADDRESS = "/diagram/room"
const TIMEOUT_MS = 20_000
/** Mermaid is large, and the network may be slow. */
const LOADING_MS = 90_000

/**
 * Draws diagrams one by one in a hidden sandboxed frame without an origin. Such frames have no HTTP cache, so one frame
 * loads Mermaid for all diagrams.
 */
export class DiagramRenderer {
  #makeFrame
  #timeoutMs
  #loadingMs
  /** @type {SandboxFrame | null} */
  #frame = null
  #isLoaded = false
  /** @type {Job[]} */
  #waiting = []
  /** @type {Job | null} */
  #current = null
  #timer = null

  constructor({ makeFrame = createHiddenFrame, timeoutMs = TIMEOUT_MS, loadingMs = LOADING_MS } = {}) {
    this.#makeFrame = makeFrame
    this.#timeoutMs = timeoutMs
    this.#loadingMs = loadingMs
  }

  /**
   * Resolves to the SVG; rejects with the reason, "" for a timeout. If `wanted()` is false when its turn comes, it is
   * skipped and never settles.
   * @param {Source} diagram
   * @param {() => boolean} wanted
   * @returns {Promise<string>}
   */
  draw(diagram, wanted = () => true) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ diagram, wanted, resolve, reject })
      this.#next()
    })
  }

  #next() {
    if (this.#current) return
    this.#waiting = this.#waiting.filter(({ wanted }) => wanted())
    if (this.#waiting.length === 0) return
    this.#current = this.#waiting.shift()
    this.#frame ??= this.#makeFrame(
      (message) => this.#onMessage(message),
      () => this.#onLoad(),
    )
    this.#wait()
    this.#frame.send(this.#current.diagram)
  }

  #wait() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#giveUp(), this.#isLoaded ? this.#timeoutMs : this.#loadingMs)
  }

  /** Only once: the content could reload its frame again and again. */
  #onLoad() {
    if (this.#isLoaded) return
    this.#isLoaded = true
    if (this.#current) this.#wait()
  }

  #onMessage({ markup, reason }) {
    if (typeof markup === "string") this.#settle(({ resolve }) => resolve(markup))
    else if (typeof reason === "string") this.#settle(({ reject }) => reject(new Error(reason.slice(0, 500))))
  }

  /** If Mermaid hangs, discard the frame; other diagrams get a new one. */
  #giveUp() {
    this.#frame.close()
    this.#frame = null
    this.#isLoaded = false
    this.#settle(({ reject }) => reject(new Error("")))
  }

  /** @param {(job: Job) => void} tell */
  #settle(tell) {
    const ended = this.#current
    if (!ended) return
    clearTimeout(this.#timer)
    this.#current = null
    tell(ended)
    this.#next()
  }
}

function createHiddenFrame(onMessage, onLoad) {
  const frame = new SandboxFrame({ address: ADDRESS, onMessage })
  // Loaded or failed: from now on only drawing takes time.
  frame.element.addEventListener("load", onLoad)
  frame.element.className = "diagram__room"
  frame.element.setAttribute("aria-hidden", "true")
  document.body.append(frame.element)
  return frame
}
