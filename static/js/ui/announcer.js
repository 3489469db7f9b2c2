/** What is told of an answer's beginning, by the kind of what came first: thinking may take minutes. */
const BEGINS = { reasoning: "announceThinking", text: "announceStart" }
const ENDS = { complete: "announceEnd", stopped: "announceStopped" }

/**
 * Tells a screen reader in a few words that an answer is thought of, that it is written, and how it ended: at most
 * these three. The streaming text itself is no live region.
 */
export class Announcer {
  #element
  #t
  #preferences
  #told = { id: null, kind: null }

  constructor({ element, t, conversation, preferences }) {
    this.#element = element
    this.#t = t
    this.#preferences = preferences
    conversation.on("appended", (id, kind) => this.#came(id, kind))
    conversation.on("finished", ({ status }) => {
      this.#told = { id: null, kind: null }
      this.#tell(ENDS[status] ?? "announceFailed")
    })
  }

  /** Who thinks again between two sentences is not told so again. */
  #came(id, kind) {
    const { id: before, kind: last } = this.#told
    if (before === id && (last === "text" || last === kind)) return
    this.#told = { id, kind }
    this.#tell(BEGINS[kind])
  }

  /** Of answers one may want to hear nothing: some screen readers read the page as it grows. */
  #tell(key) { if (this.#preferences.announces) this.say(key) }

  say(key, values = {}) { this.#element.textContent = this.#t(key, values) }
}
