/** Tells a screen reader that an answer began and how it ended; the streaming text itself is no live region. */
export class Announcer {
  #element
  #t

  constructor({ element, t, conversation }) {
    this.#element = element
    this.#t = t
    let begun = null
    conversation.on("appended", (id, kind) => {
      if (kind === "reasoning" || begun === id) return
      begun = id
      this.say("announceStart")
    })
    conversation.on("finished", ({ status }) => {
      begun = null
      this.say({ complete: "announceEnd", stopped: "announceStopped" }[status] ?? "announceFailed")
    })
  }

  say(key, values = {}) { this.#element.textContent = this.#t(key, values) }
}
