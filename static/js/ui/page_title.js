const SAID = { complete: "titleAnswered", failed: "titleFailed", interrupted: "titleFailed" }

/** The tab's title: the open conversation, and in a hidden tab that an answer has ended. */
export class PageTitle {
  #document
  #t
  #name = ""
  #news = null

  constructor({ conversation, t, document = globalThis.document }) {
    this.#document = document
    this.#t = t
    conversation.on("finished", ({ status }) => { if (document.hidden) this.#tell(SAID[status] ?? null) })
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#tell(null) })
  }

  set name(name) {
    this.#name = name
    this.#write()
  }

  #tell(news) {
    this.#news = news
    this.#write()
  }

  #write() {
    this.#document.title = this.#news ? this.#t(this.#news, { title: this.#name }) : this.#name
  }
}
