/** @import { Translate } from "../base/translator.js" */
/** @import { Conversation } from "../state/conversation.js" */

const MARKERS = { complete: "titleAnswered", failed: "titleFailed", interrupted: "titleFailed" }

/** The tab's title: the open conversation, and in a hidden tab that an answer has ended. */
export class PageTitle {
  #document
  #t
  #name = ""
  #marker = null

  /** @param {{ conversation: Conversation, t: Translate, document?: Document }} parts */
  constructor({ conversation, t, document = globalThis.document }) {
    this.#document = document
    this.#t = t
    conversation.on("finished", ({ status }) => {
      if (document.hidden) this.#setMarker(MARKERS[status] ?? null)
    })
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#setMarker(null)
    })
  }

  set name(name) {
    this.#name = name
    this.#write()
  }

  #setMarker(marker) {
    this.#marker = marker
    this.#write()
  }

  #write() {
    this.#document.title = this.#marker ? this.#t(this.#marker, { title: this.#name }) : this.#name
  }
}
