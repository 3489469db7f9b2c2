/** What this tab begins as a new conversation. What was chosen for it goes along with its first message. */
export class NewChat {
  #outbox
  #settings
  #models

  constructor({ outbox, settings, models }) {
    this.#outbox = outbox
    this.#settings = settings
    this.#models = models
  }

  /** Make room for another one; whether there was one that is being sent, which goes on by itself. */
  setAside() {
    const isSet = this.#outbox.setAside()
    if (isSet) this.reset()
    return isSet
  }

  /** The person goes elsewhere. */
  leave() { if (this.#outbox.list(null)[0]?.state === "sending") this.reset() }

  /** The next one is chosen for anew. */
  reset() {
    this.#settings.forget()
    this.#models.forget()
  }
}
