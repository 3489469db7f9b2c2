/** @import { Translate } from "../base/translator.js" */
/** @import { Conversation } from "../state/conversation.js" */
/** @import { Preferences } from "../state/preferences.js" */

/** Announced at the start of an answer, by the kind of its first token. */
const BEGINS = { reasoning: "announceThinking", text: "announceStart" }
const ENDS = { complete: "announceEnd", stopped: "announceStopped" }

/**
 * Announces to screen readers that an answer is being thought about, is being written, and how it ended. The streaming
 * text is not a live region.
 */
export class Announcer {
  #element
  #t
  #preferences
  #announced = { id: null, kind: null }

  /** @param {{ element: HTMLElement, t: Translate, conversation: Conversation, preferences: Preferences }} parts */
  constructor({ element, t, conversation, preferences }) {
    this.#element = element
    this.#t = t
    this.#preferences = preferences
    conversation.on("appended", (id, kind) => this.#onAppended(id, kind))
    conversation.on("finished", ({ status }) => {
      this.#announced = { id: null, kind: null }
      this.#announce(ENDS[status] ?? "announceFailed")
    })
  }

  /** Thinking again within an answer is not announced again. */
  #onAppended(id, kind) {
    const { id: before, kind: last } = this.#announced
    if (before === id && (last === "text" || last === kind)) return
    this.#announced = { id, kind }
    this.#announce(BEGINS[kind])
  }

  /** Can be switched off: some screen readers read the page as it grows. */
  #announce(key) {
    if (this.#preferences.announces) this.say(key)
  }

  /**
   * Announce a text, by its key.
   * @param {string} key
   * @param {Record<string, any>} values
   */
  say(key, values = {}) {
    this.#element.textContent = this.#t(key, values)
  }
}
