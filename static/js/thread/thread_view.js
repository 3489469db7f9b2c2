import { catchLostFocus } from "../ui/focus.js"
import { html, nothing, render } from "../ui/lit.js"
import { measureRoom } from "./free_room.js"
import { MessageList } from "./message_list.js"
import { EarlierPages } from "./scroll/earlier_pages.js"
import { LatestButton } from "./scroll/latest_button.js"
import { Scroller } from "./scroll/scroller.js"

/** @import { Chat, ThreadItem } from "../state/chat.js" */
/** @import { Conversation } from "../state/conversation.js" */
/** @import { ConnectionNotice } from "../ui/connection_notice.js" */
/** @import { MessageContext } from "./message/message_view.js" */
/** @import { ItemView } from "./message_list.js" */
/** @import { Place, ReadingPositionStore } from "./scroll/reading_position_store.js" */
/** @import { WelcomeView } from "./welcome_view.js" */

const TICK_MS = 100
const MINUTE_MS = 60_000

/** The messages of the open conversation and the reader's position. */
export class ThreadView {
  #t
  #chat
  #conversation
  #welcome
  #notice
  #positions
  #above
  #empty
  #starters
  #scroller
  #list
  #button
  #pages
  /** @type {Place | null} */
  #wanted = null
  /** @type {Place | null} */
  #sought = null
  /** @type {ItemView | null} */
  #revealed = null
  #timer = null

  /**
   * `thread` scrolls, `column` contains the messages, `latest` the button over the composer,
   * `starters` what stands beside the composer on the empty page.
   * @param {{ context: MessageContext, chat: Chat, conversation: Conversation, welcome: WelcomeView,
   *   notice: ConnectionNotice, positions: ReadingPositionStore, thread: HTMLElement, column: HTMLElement,
   *   latest: HTMLElement, starters: HTMLElement }} parts
   */
  constructor({ context, chat, conversation, welcome, notice, positions, thread, column, latest, starters }) {
    this.#t = context.t
    this.#chat = chat
    this.#conversation = conversation
    this.#welcome = welcome
    this.#notice = notice
    this.#positions = positions
    this.#above = addSection(column, "thread__above")
    const messages = addSection(column, "thread__messages")
    this.#empty = addSection(column, "thread__empty")
    this.#starters = starters
    this.#button = new LatestButton({ context, root: latest, act: () => this.toEnd(), home: thread, conversation })
    this.#scroller = new Scroller({
      element: thread,
      content: messages,
      changed: (following) => {
        this.#button.away = !following
      },
    })
    this.#scroller.keepBeside(latest.closest(".dock"))
    const hold = (/** @type {HTMLElement} */ element) => this.#scroller.keep(element, this.#scroller.offsetOf(element))
    this.#list = new MessageList({
      context: { ...context, hold },
      root: messages,
      scroller: this.#scroller,
      conversation,
    })
    this.#pages = new EarlierPages({ chat, scroller: this.#scroller, thread })
    chat.on("changed", () => this.draw()).on("sent", () => this.toEnd())
    notice.on("changed", () => this.draw())
    setInterval(() => this.#list.age(), MINUTE_MS)
    thread.addEventListener("scroll", () => this.#list.wake(), { passive: true })
    thread.addEventListener("keydown", (event) => this.#keydown(event))
    measureRoom(thread)
    addEventListener("pagehide", () => this.#savePosition())
    addEventListener("beforeprint", () => this.#list.drawAll())
  }

  /**
   * Save the reading position, and restore that of the next conversation.
   * @param {string | null} id
   */
  switchTo(id) {
    this.#revealed = null
    this.#savePosition()
    this.#wanted = this.#positions.of(id)
    this.#scroller.follow()
  }

  toEnd() {
    this.#wanted = this.#revealed = null
    if (this.#list.lastKey) this.#list.drawn(this.#list.lastKey)
    this.#scroller.toEnd()
  }

  /**
   * Scroll to a message and highlight it, and the words once it is rendered.
   * @param {string} messageId
   * @param {string[]} words
   */
  async reveal(messageId, words) {
    this.#wanted = null
    const view = this.#list.drawn(messageId)
    if (!view) return
    this.#revealed = view
    this.#scroller.to(view.element)
    await view.painted
    if (this.#revealed === view && view.element.isConnected) this.#scroller.to(view.point(words))
  }

  /** Update the names of models. */
  rename() {
    this.#list.rename()
  }

  draw() {
    const { items } = this.#chat
    this.#countNew(items)
    this.#list.show(items, this.#wanted?.message)
    this.#drawRest(items)
    this.#scroller.sticky = items.length > 0
    if (this.#wanted) this.#find()
    this.#updateClock()
    this.#pages.check()
  }

  /** @param {ThreadItem[]} items */
  #drawRest(items) {
    const opening = this.#chat.opening
    const empty = items.length === 0
    this.#empty.hidden = !empty
    catchLostFocus(this.#empty, () => render(empty ? this.#emptyTemplate(opening) : nothing, this.#empty))
    const begins = empty && !opening
    this.#starters.closest("main")?.toggleAttribute("data-begins", begins)
    catchLostFocus(this.#starters, () => render(begins ? this.#welcome.starters() : nothing, this.#starters))
    const unseen = opening && this.#conversation.id === null && this.#notice.isShown
    this.#above.hidden = empty || !(unseen || this.#chat.earlier)
    const above = () => (unseen ? this.#openingTemplate() : this.#earlierTemplate())
    catchLostFocus(this.#above, () => render(this.#above.hidden ? nothing : above(), this.#above))
  }

  #emptyTemplate(opening) {
    return opening ? this.#openingTemplate() : this.#welcome.head()
  }

  /** "Loading", or that it needs a connection. */
  #openingTemplate() {
    const note = this.#notice.isShown ? "earlierLater" : "opening"
    return html`<p class="thread__note" data-testid="thread-note">${this.#t(note)}</p>`
  }

  #earlierTemplate() {
    return html`
      <button type="button" class="button thread__earlier" data-testid="earlier"
        @click=${() => this.#pages.load()}>${this.#t("older")}</button>`
  }

  /**
   * Count messages below the last known one as new.
   * @param {ThreadItem[]} items
   */
  #countNew(items) {
    const last = items.findIndex(({ key }) => key === this.#list.lastKey)
    if (last < 0) return
    for (const { message } of items.slice(last + 1)) if (message) this.#button.message(message)
  }

  /** Scroll to the saved position, loading older messages if needed. */
  async #find() {
    const wanted = this.#wanted
    if (this.#list.has(wanted.message)) return this.#restore()
    if (this.#chat.opening || this.#sought === wanted) return
    this.#sought = wanted
    await this.#chat.loadBackTo(wanted.message)
    if (this.#wanted !== wanted) return
    if (this.#list.has(wanted.message)) this.#restore()
    else this.toEnd()
  }

  #restore() {
    const { message, path, offset, messageOffset } = this.#wanted
    this.#wanted = null
    const { element } = this.#list.drawn(message)
    const node = nodeAlong(element, path)
    this.#scroller.keep(node ?? element, node ? offset : messageOffset)
  }

  #savePosition() {
    if (this.#wanted || !this.#conversation.id) return
    this.#positions.keep(this.#conversation.id, this.#readPosition())
  }

  /** @returns {Place | null} */
  #readPosition() {
    const element = this.#scroller.position?.element
    const article = element?.closest("[data-message-id]")
    if (!article) return null
    const { messageId: message } = article.dataset
    const index = this.#conversation.messages.findIndex(({ id }) => id === message)
    return {
      message,
      path: pathTo(article, element),
      offset: this.#scroller.offsetOf(element),
      messageOffset: this.#scroller.offsetOf(article),
      depth: this.#conversation.messages.length - index,
    }
  }

  /**
   * Jump: the browser's smooth scrolling is slow, and the end may move meanwhile.
   * @param {KeyboardEvent} event
   */
  #keydown(event) {
    const target = /** @type {Element} */ (event.target)
    if (event.altKey || event.shiftKey || target.closest("textarea, input, select")) return
    if (event.key === "End") this.toEnd()
    else if (event.key === "Home") this.#pages.toStart()
    else return
    event.preventDefault()
  }

  /** A single timer, while anything counts seconds. */
  #updateClock() {
    if (this.#list.live && !this.#timer) this.#timer = setInterval(() => this.#tick(), TICK_MS)
    if (!this.#list.live) this.#timer = clearInterval(this.#timer) ?? null
  }

  #tick() {
    this.#list.tick()
    this.#updateClock()
  }
}

/**
 * The path to a node, as child indices.
 * @param {Element} root
 * @param {Element} node
 */
function pathTo(root, node) {
  const path = []
  for (let at = node; at !== root; at = at.parentElement) path.unshift([...at.parentElement.children].indexOf(at))
  return path
}

/**
 * @param {Element} root
 * @param {number[]} path
 */
function nodeAlong(root, path) {
  return path.reduce((node, at) => node?.children[at], root)
}

function addSection(column, name) {
  const element = column.appendChild(document.createElement("div"))
  element.className = name
  return element
}
