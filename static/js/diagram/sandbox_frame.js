/** A sandboxed page: runs its own scripts, has no origin, and communicates by messages only. */
export class SandboxFrame {
  #onMessage
  #ready = false
  #unsent = []
  #listener = (/** @type {MessageEvent} */ event) => this.#receive(event)

  /**
   * `onMessage` is called for messages of this page only.
   * @param {{ address: string, onMessage: (message: any) => void }} parts
   */
  constructor({ address, onMessage }) {
    this.#onMessage = onMessage
    this.element = document.createElement("iframe")
    this.element.setAttribute("sandbox", "allow-scripts")
    this.element.referrerPolicy = "no-referrer"
    this.element.tabIndex = -1 // Nothing in it can be used, and the browser would not scroll to it.
    this.element.src = address
    addEventListener("message", this.#listener)
  }

  /**
   * Send a message once the page is ready.
   * @param {unknown} message
   */
  send(message) {
    // A null origin cannot be a target.
    if (this.#ready) this.element.contentWindow?.postMessage(message, "*")
    else this.#unsent.push(message)
  }

  close() {
    removeEventListener("message", this.#listener)
    this.element.remove()
  }

  #receive({ source, data }) {
    if (source === null || source !== this.element.contentWindow || typeof data !== "object" || data === null) return
    if (data.ready === true) {
      this.#ready = true
      for (const message of this.#unsent.splice(0)) this.send(message)
    }
    this.#onMessage(data)
  }
}
