/** A page in a sandbox: it may run its own scripts, has no origin, and is spoken to by messages only. */
export class SandboxFrame {
  #hear
  #ready = false
  #unsent = []
  #take = (event) => this.#receive(event)

  /** `hear(message)` is called for what that page says, and for nothing that another one says. */
  constructor({ address, hear }) {
    this.#hear = hear
    this.element = document.createElement("iframe")
    this.element.setAttribute("sandbox", "allow-scripts")
    this.element.referrerPolicy = "no-referrer"
    this.element.src = address
    addEventListener("message", this.#take)
  }

  /** Send this as soon as the page listens. */
  send(message) {
    // A page without an origin cannot be named by it.
    if (this.#ready) this.element.contentWindow?.postMessage(message, "*")
    else this.#unsent.push(message)
  }

  close() {
    removeEventListener("message", this.#take)
    this.element.remove()
  }

  #receive({ source, data }) {
    if (source === null || source !== this.element.contentWindow || typeof data !== "object" || data === null) return
    if (data.ready === true) {
      this.#ready = true
      for (const message of this.#unsent.splice(0)) this.send(message)
    }
    this.#hear(data)
  }
}
