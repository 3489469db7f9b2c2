import { Frame } from "./frame.js"

const ADDRESS = "/diagram/room"
const PATIENCE_MS = 20_000

/**
 * Where diagrams are drawn, one after the other: a page that nobody sees, in a sandbox, with no origin. Browsers keep
 * nothing for such a page, so that one of them fetches the drawing program for all diagrams of this page.
 */
export class Room {
  #makeFrame
  #patienceMs
  #frame = null
  #waiting = []
  #current = null
  #timer = null

  constructor({ makeFrame = unseen, patienceMs = PATIENCE_MS } = {}) {
    this.#makeFrame = makeFrame
    this.#patienceMs = patienceMs
  }

  /** A promise of the SVG of {source, …look}; it rejects with the reason, "" where there was no answer. */
  draw(diagram) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ diagram, resolve, reject })
      this.#next()
    })
  }

  #next() {
    if (this.#current || this.#waiting.length === 0) return
    this.#current = this.#waiting.shift()
    this.#timer = setTimeout(() => this.#giveUp(), this.#patienceMs)
    this.#frame ??= this.#makeFrame((message) => this.#hear(message))
    this.#frame.send(this.#current.diagram)
  }

  #hear({ markup, reason }) {
    if (typeof markup === "string") this.#end(({ resolve }) => resolve(markup))
    else if (typeof reason === "string") this.#end(({ reject }) => reject(new Error(reason.slice(0, 500))))
  }

  /** A diagram that the program is caught in takes the room with it, and no other diagram. */
  #giveUp() {
    this.#frame.close()
    this.#frame = null
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

function unseen(hear) {
  const frame = new Frame({ address: ADDRESS, hear })
  frame.element.className = "diagram__room"
  frame.element.tabIndex = -1
  frame.element.setAttribute("aria-hidden", "true")
  document.body.append(frame.element)
  return frame
}
