import { readColours, watchColours } from "./colours.js"
import { DiagramRenderer } from "./diagram_renderer.js"
import { SandboxFrame } from "./sandbox_frame.js"

const ADDRESS = "/diagram"
const MIN = 16
const MAX = 6000
/** Scripts in a file that is opened later. The sandbox has removed them, and is not trusted. */
const ACTIVE = /<script|[\s"'/]on[a-z]+\s*=|javascript:/i
const page = new DiagramRenderer()

/**
 * A diagram, drawn by the DiagramRenderer and shown in a sandboxed frame of its own. Input: source and colours; output:
 * a size or a reason, neither of which is trusted.
 */
export class Drawing {
  #source
  #callbacks
  #renderer
  #frame
  #markup = null
  #isShown = false
  /** Resolves the promise of `svg`. */
  #taken = (/** @type {string} */ _svg) => {}
  /** Whether the colours changed while it was not in the document. */
  #isStale = false
  #round = 0
  #stopWatching

  /**
   * The reason of a failure is "" for a timeout.
   * @param {{ source: string, title: string, drawn: () => void, failed: (reason: string) => void,
   *   renderer?: DiagramRenderer }} parts
   */
  constructor({ source, title, drawn, failed, renderer = page }) {
    this.#source = source
    this.#callbacks = { drawn, failed }
    this.#renderer = renderer
    this.#frame = new SandboxFrame({ address: ADDRESS, onMessage: (message) => this.#onMessage(message) })
    this.element.className = "diagram__frame"
    this.element.title = title
    this.#stopWatching = watchColours(() => this.#onColoursChanged())
    this.#draw()
  }

  get element() {
    return this.#frame.element
  }

  /** What the frame shows: {markup, dark, paper}; `paper` is for print. */
  get shown() {
    return this.#markup
  }

  /** Resolves to an SVG document, in light colours if there are such; never, if the frame does not answer. */
  svg() {
    return new Promise((resolve) => {
      this.#taken = resolve
      this.#frame.send({ take: true })
    })
  }

  /** Remove it. */
  close() {
    this.#round = Infinity
    this.#stopWatching()
    this.#frame.close()
  }

  /** Redraw later if not in the document, so that visible diagrams come first. */
  #onColoursChanged() {
    if (this.element.isConnected) this.#draw()
    else this.#isStale = true
  }

  async #draw() {
    this.#round += 1
    this.#isStale = false
    const round = this.#round
    const look = readColours(document.body)
    try {
      const markup = await this.#renderer.draw({ source: this.#source, ...look }, () => round === this.#round)
      if (round !== this.#round) return
      this.#markup = { markup, dark: look.dark }
      this.#frame.send(this.#markup)
      if (look.dark) await this.#drawForPaper(round)
    } catch ({ message }) {
      if (round === this.#round) this.#callbacks.failed(message)
    }
  }

  /** Dark colours cannot be read on paper, and when it is printed it is too late to draw. */
  async #drawForPaper(round) {
    const light = { source: this.#source, ...readColours(document.body, "light") }
    const paper = await this.#renderer.draw(light, () => round === this.#round).catch(() => null)
    if (round !== this.#round || paper === null) return
    this.#markup = { ...this.#markup, paper }
    this.#frame.send({ paper })
  }

  #onMessage({ ready, width, height, svg }) {
    // A frame that was moved in the DOM reloads.
    if (ready === true && this.#isShown) this.#frame.send(this.#markup)
    if (ready === true && this.#isStale) this.#draw()
    if (typeof svg === "string" && !ACTIVE.test(svg)) this.#taken(svg)
    if (!Number.isFinite(width) || !Number.isFinite(height)) return
    for (const [name, value] of Object.entries({ width, height })) {
      this.element.style.setProperty(`--${name}`, String(Math.min(MAX, Math.max(MIN, Math.ceil(value)))))
    }
    this.#isShown = true
    this.#callbacks.drawn()
  }
}
