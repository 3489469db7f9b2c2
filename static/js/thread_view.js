import { html, nothing, render, repeat } from "./lit.js"
import { icons } from "./icons.js"
import { MessageView } from "./message_view.js"
import { ParagraphCounter } from "./paragraph_counter.js"
import { PendingView } from "./pending_view.js"
import { Scroller } from "./scroller.js"

const TICK_MS = 100
const MINUTE_MS = 60_000

/** The messages of the open conversation, and where the reader is in them. */
export class ThreadView {
  #kit
  #chat
  #welcome
  #views = new Map()
  #column
  #latest
  #scroller
  #counter = new ParagraphCounter()
  #timer = null
  #loading = false

  /** `thread` scrolls, `column` holds the messages, `latest` the button that floats over the composer. */
  constructor({ kit, chat, conversation, welcome, thread, column, latest }) {
    this.#kit = kit
    this.#chat = chat
    this.#welcome = welcome
    this.#column = column
    this.#latest = latest
    this.#scroller = new Scroller({ element: thread, content: column, changed: () => this.#away() })
    chat.on("changed", () => this.draw())
    chat.on("sent", () => this.toEnd())
    conversation.on("appended", (id, kind, text) => this.#append(id, kind, text))
    setInterval(() => { for (const view of this.#views.values()) view.age?.() }, MINUTE_MS)
    thread.addEventListener("scroll", () => { if (thread.scrollTop < 200) this.#loadEarlier() }, { passive: true })
  }

  toEnd() {
    this.#scroller.toEnd()
    this.#away()
  }

  /** Show a message, at the words that were looked for, and mark both for a moment. */
  reveal(messageId, words) {
    const view = this.#views.get(messageId)
    if (!view) return
    this.#scroller.to(view.point(words))
    this.#away()
  }

  draw() {
    const items = this.#chat.items
    for (const item of items) this.#update(item)
    for (const key of this.#views.keys()) if (!items.some((item) => item.key === key)) this.#views.delete(key)
    render(this.#template(items), this.#column)
    this.#scroller.sticky = items.length > 0
    this.#clock()
    if (this.#scroller.short) this.#loadEarlier()
  }

  #template(items) {
    const { t } = this.#kit
    if (this.#chat.opening && items.length === 0) return html`<p class="thread__note">${t("opening")}</p>`
    if (items.length === 0) return this.#welcome.template()
    const earlier = html`
      <button type="button" class="button thread__earlier" data-testid="earlier"
        @click=${() => this.#loadEarlier()}>${t("older")}</button>`
    return html`
      ${this.#chat.earlier ? earlier : nothing}
      ${repeat(items, ({ key }) => key, ({ key }) => this.#views.get(key).element)}`
  }

  #update({ key, message, generation, entry }) {
    if (!this.#views.has(key)) {
      this.#views.set(key, entry ? new PendingView(this.#kit, entry) : new MessageView(this.#kit, message))
      if (!this.#scroller.following && message?.role === "user") this.#counter.count += 1
    }
    if (entry) this.#views.get(key).update(entry)
    else this.#views.get(key).update(message, generation)
  }

  #append(id, kind, text) {
    this.#views.get(id)?.append(kind, text)
    if (kind === "reasoning" || this.#scroller.following) return
    const before = this.#counter.count
    this.#counter.feed(text)
    if (this.#counter.count !== before) this.#away()
  }

  /** Show the way back to the end while the reader is elsewhere, and what came meanwhile. */
  #away() {
    if (this.#scroller.following) this.#counter.reset()
    const { t, format } = this.#kit
    const { count } = this.#counter
    const label = count > 0 ? t("latestCount", { n: format.number(count) }) : t("latest")
    const button = html`
      <button type="button" class="latest" data-testid="latest" data-count=${count} @click=${() => this.toEnd()}>
        ${icons.down}${label}</button>`
    render(this.#scroller.following ? nothing : button, this.#latest)
  }

  async #loadEarlier() {
    if (this.#loading || !this.#chat.earlier) return
    this.#loading = true
    const anchor = this.#column.querySelector("article")
    const page = await this.#chat.earlierPage()
    if (page) this.#scroller.holding(anchor, () => this.#chat.prepend(page))
    this.#loading = false
    if (page && this.#scroller.short) this.#loadEarlier()
  }

  /** One clock for everything that counts seconds, only while something does. */
  #clock() {
    const live = [...this.#views.values()].some((view) => view.live)
    if (live && !this.#timer) this.#timer = setInterval(() => this.#tick(), TICK_MS)
    if (!live) this.#timer = clearInterval(this.#timer) ?? null
  }

  #tick() {
    for (const view of this.#views.values()) if (view.live) view.tick()
    this.#clock()
  }
}
