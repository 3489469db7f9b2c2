import { trustedScriptUrl } from "../base/trusted_types.js"

/** @import { Token } from "./line_emitter.js" */
/** @typedef {[line: number, tokens: Token[]]} PaintedLine */
/** @typedef {{ lines: (lines: PaintedLine[]) => void, ended: () => void }} Receiver */

const TIMEOUT_MS = 10_000
const MAX_FAILURES = 3

/**
 * The page's side of the highlighting worker, started with the first code. A worker that fails or hangs is terminated:
 * its open blocks stay as they are, and after a few failures all code stays plain.
 */
export class HighlightClient {
  #makeWorker
  #timeoutMs
  /** @type {Worker | null} */
  #worker = null
  #failures = 0
  /** @type {Map<number, { receiver: Receiver, isWhole: boolean }>} */
  #open = new Map()
  #lastId = 0
  #timer = null

  constructor({ makeWorker = startWorker, timeoutMs = TIMEOUT_MS } = {}) {
    this.#makeWorker = makeWorker
    this.#timeoutMs = timeoutMs
  }

  /**
   * Begin a block. `receiver.lines` is called repeatedly, `receiver.ended` once.
   * @param {string} language
   * @param {Receiver} receiver
   */
  begin(language, receiver) {
    const id = (this.#lastId += 1)
    const block = { receiver, isWhole: false }
    this.#open.set(id, block)
    this.#post({ id, language })
    return {
      add: (/** @type {string} */ text) => this.#post({ id, text }),
      end: () => {
        block.isWhole = true
        this.#post({ id, end: true })
        this.#watch()
      },
      forget: () => {
        this.#post({ id, forget: true })
        this.#open.delete(id)
      },
    }
  }

  #post(message) {
    if (!this.#open.has(message.id)) return
    try {
      this.#worker ??= this.#start()
      this.#worker.postMessage(message)
    } catch {
      this.#fail()
    }
  }

  #start() {
    if (this.#failures >= MAX_FAILURES) throw new Error("no worker")
    const worker = this.#makeWorker()
    worker.addEventListener("message", ({ data }) => this.#receive(data))
    worker.addEventListener("error", (event) => {
      event.preventDefault()
      if (worker === this.#worker) this.#fail()
    })
    return worker
  }

  /** @param {{ id: number, lines?: PaintedLine[], ended?: boolean }} message */
  #receive({ id, lines, ended }) {
    const block = this.#open.get(id)
    if (lines) block?.receiver.lines(lines)
    if (ended) this.#open.delete(id)
    this.#watch()
    if (ended) block?.receiver.ended()
  }

  /** While a block is being finished, expect to hear from the worker. */
  #watch() {
    clearTimeout(this.#timer)
    const awaited = [...this.#open.values()].some(({ isWhole }) => isWhole)
    if (awaited) this.#timer = setTimeout(() => this.#fail(), this.#timeoutMs)
  }

  #fail() {
    this.#failures += 1
    this.#worker?.terminate()
    this.#worker = null
    const blocks = [...this.#open.values()]
    this.#open.clear()
    for (const { receiver } of blocks) receiver.ended()
  }
}

function startWorker() {
  return new Worker(trustedScriptUrl(new URL("./highlight_worker.js", import.meta.url)), {
    type: "module",
    name: "highlighting",
  })
}
