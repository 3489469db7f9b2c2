import { SandboxFrame } from "./sandbox_frame.js"

const ADDRESS = "/diagram/room"
const PATIENCE_MS = 20_000
/** The program is large, and the network may be slow. */
const LOADING_MS = 90_000

/**
 * Where diagrams are drawn, one after the other: a page that nobody sees, in a sandbox, with no origin. Browsers keep
 * nothing for such a page, so that one of them fetches the drawing program for all diagrams of this page.
 */
export class DiagramRenderer {
  #makeFrame
  #patienceMs
  #loadingMs
  #frame = null
  #isLoaded = false
  #waiting = []
  #current = null
  #timer = null

  constructor({ makeFrame = createHiddenFrame, patienceMs = PATIENCE_MS, loadingMs = LOADING_MS } = {}) {
    this.#makeFrame = makeFrame
    this.#patienceMs = patienceMs
    this.#loadingMs = loadingMs
  }

  /**
   * A promise of the SVG of {source, …look}; it rejects with the reason, "" where there was no answer. What is not
   * `wanted()` any more when its turn comes is left out, and its promise stays open.
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
    this.#frame ??= this.#makeFrame((message) => this.#hear(message), () => this.#loaded())
    this.#wait()
    this.#frame.send(this.#current.diagram)
  }

  #wait() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#giveUp(), this.#isLoaded ? this.#patienceMs : this.#loadingMs)
  }

  /** Only the first time: what is drawn could have its page loaded again and again. */
  #loaded() {
    if (this.#isLoaded) return
    this.#isLoaded = true
    if (this.#current) this.#wait()
  }

  #hear({ markup, reason }) {
    if (typeof markup === "string") this.#end(({ resolve }) => resolve(markup))
    else if (typeof reason === "string") this.#end(({ reject }) => reject(new Error(reason.slice(0, 500))))
  }

  /** A diagram that the program is caught in takes the room with it, and no other diagram. */
  #giveUp() {
    this.#frame.close()
    this.#frame = null
    this.#isLoaded = false
    this.#end(({ reject }) => reject(new Error("")))
  }

  #end(tell) {
    const ended = this.#current
    if (!ended) return
    clearTimeout(this.#timer)
    this.#current = null
    tell(ended)
    this.#next()
  }
}

function createHiddenFrame(hear, loaded) {
  const frame = new SandboxFrame({ address: ADDRESS, hear })
  // Whether it came or not: then only drawing takes time.
  frame.element.addEventListener("load", loaded)
  frame.element.className = "diagram__room"
  frame.element.tabIndex = -1
  frame.element.setAttribute("aria-hidden", "true")
  document.body.append(frame.element)
  return frame
}
