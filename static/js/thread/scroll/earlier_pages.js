/** @import { Chat } from "../../state/chat.js" */
/** @import { Scroller } from "./scroller.js" */

const SCREENS = 4
const PAGE = 60

/** Loads older messages ahead of the reader. */
export class EarlierPages {
  #chat
  #scroller
  #loading = false

  /** @param {{ chat: Chat, scroller: Scroller, thread: HTMLElement }} parts */
  constructor({ chat, scroller, thread }) {
    this.#chat = chat
    this.#scroller = scroller
    thread.addEventListener("scroll", () => this.check(), { passive: true })
  }

  check() {
    if (!this.#loading && this.#chat.earlier && this.#scroller.screensAbove < SCREENS) this.load()
  }

  async load() {
    if (this.#loading || !this.#chat.earlier) return
    this.#loading = true
    const isThere = await this.#chat.loadEarlier(PAGE)
    this.#loading = false
    if (isThere) this.check()
  }

  /** Go to the very first message. */
  async toStart() {
    const { id } = this.#chat
    this.#scroller.toStart()
    if (this.#chat.earlier && (await this.#chat.loadAll()) && this.#chat.id === id) this.#scroller.toStart()
  }
}
