/** @import { ModelChoice } from "./model_choice.js" */
/** @import { Outbox } from "./outbox.js" */
/** @import { Settings } from "./settings.js" */

/** The new conversation of this tab. Model and settings chosen for it are sent with its first message. */
export class NewChat {
  #outbox
  #settings
  #models

  /** @param {{ outbox: Outbox, settings: Settings, models: ModelChoice }} parts */
  constructor({ outbox, settings, models }) {
    this.#outbox = outbox
    this.#settings = settings
    this.#models = models
  }

  /** Start another one while the first is still being sent. Returns whether there was one. */
  setAside() {
    const isSet = this.#outbox.setAside()
    if (isSet) this.reset()
    return isSet
  }

  /** The user leaves it. */
  leave() {
    if (this.#outbox.list(null)[0]?.state === "sending") this.reset()
  }

  /** Reset the choices for the next one. */
  reset() {
    this.#settings.forget()
    this.#models.forget()
  }
}
