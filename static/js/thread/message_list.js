import { IdleWork } from "../base/scheduling.js"
import { passOnFocus } from "../ui/focus.js"
import { estimateHeight, MessagePlaceholder } from "./message/message_placeholder.js"
import { MessageView } from "./message/message_view.js"
import { PendingView } from "./message/pending_view.js"
import { MessageGroups } from "./message_groups.js"
import { findFarthest, findNearest, indicesAround } from "./nearness.js"

/** @import { ThreadItem } from "../state/chat.js" */
/** @import { Conversation } from "../state/conversation.js" */
/** @import { Generation } from "../state/generation.js" */
/** @import { MessageContext } from "./message/message_view.js" */
/** @import { Scroller } from "./scroll/scroller.js" */

/**
 * A MessageView, MessagePlaceholder or PendingView. A placeholder has only what is not optional.
 * @typedef {{ element: HTMLElement, live: boolean, update?: (shown: any, generation?: Generation | null) => void,
 *   grow?: (kind: Wire.Kind) => void, move?: () => void, followEdit?: (text: string) => void, painted?: Promise<unknown>,
 *   point?: (words: string[]) => Element | Range, tick?: () => void, age?: () => void, rename?: () => void, close?: () => void }} ItemView
 */

/** Up to so many new messages are rendered at once; of more, only the visible ones. */
const FEW = 4
/** So many messages on either side of the reader are rendered ahead. */
const AHEAD = 60
/** Beyond so many rendered messages, the farthest become placeholders again. */
const MAX = 400
const REM = 16

/**
 * The messages of the thread. Visible ones are rendered first, those around them when idle; the others are
 * placeholders. Unchanged ones are not touched.
 */
export class MessageList {
  #context
  #root
  #scroller
  #groups
  #drawing = new IdleWork(() => this.#drawNext())
  /** @type {ThreadItem[]} */
  #items = []
  /** @type {HTMLElement[]} */
  #elements = []
  /** @type {Map<string, ItemView>} */
  #views = new Map()
  /** @type {Map<string, ThreadItem>} */
  #shown = new Map()
  /** @type {Set<string>} */
  #waiting = new Set()
  /** @type {Set<ItemView>} */
  #live = new Set()
  /** The index of the item being read; null: unknown. */
  #centre = null

  /**
   * @param {{ context: MessageContext, root: HTMLElement, scroller: Scroller, conversation: Conversation }} parts
   */
  constructor({ context, root, scroller, conversation }) {
    this.#context = context
    this.#root = root
    this.#scroller = scroller
    const heightOf = (element) => parseFloat(element.style.getPropertyValue("--estimate")) || 0
    this.#groups = new MessageGroups({ root, heightOf })
    conversation.on("appended", (id, kind) => this.#views.get(id)?.grow?.(kind))
    conversation.on("moved", (id) => this.#move(id))
    context.edits.on("changed", (id, text) => this.#views.get(id)?.followEdit?.(text))
  }

  /** The text of a message was reasoning. Who reads in it goes on at the beginning of the message. */
  #move(id) {
    const view = this.#views.get(id)
    if (!view?.move) return
    this.#scroller.emptying(view.element)
    view.move()
  }

  get live() {
    return this.#live.size > 0
  }
  get lastKey() {
    return this.#items.at(-1)?.key ?? null
  }

  /** @param {string} key */
  has(key) {
    return this.#views.has(key)
  }

  /**
   * Show items. Of many new ones, those around `near` are rendered first.
   * @param {ThreadItem[]} items
   * @param {string | null} near
   */
  show(items, near = null) {
    const fresh = items.filter(({ key }) => !this.#views.has(key))
    this.#items = items
    const seen = fresh.length > FEW ? new Set(this.#around(near ?? this.lastKey)) : null
    for (const item of items) this.#take(item, !seen || seen.has(item.key))
    this.#arrange()
    this.wake()
  }

  /**
   * The view of a message, rendered together with those around it.
   * @param {string} key
   */
  drawn(key) {
    for (const one of this.#around(key)) if (this.#waiting.has(one)) this.#exchange(one, true)
    return this.#views.get(key)
  }

  /** Render all, for printing. */
  drawAll() {
    for (const key of [...this.#waiting]) this.#exchange(key, true)
  }

  /** The reader scrolled: render what is near. */
  wake() {
    this.#centre = null
    if (this.#waiting.size > 0) this.#drawing.start()
  }

  /** Advance the clocks of live views; each shows its final state, too. */
  tick() {
    for (const view of this.#live) {
      view.tick()
      if (!view.live) this.#live.delete(view)
    }
  }

  /** Update the names of models. */
  rename() {
    for (const view of this.#views.values()) view.rename?.()
  }

  /** Update relative times. */
  age() {
    for (const view of this.#views.values()) view.age?.()
  }

  /**
   * @param {ThreadItem} item
   * @param {boolean} seen
   */
  #take(item, seen) {
    const { key, message, generation, entry } = item
    if (!this.#views.has(key)) this.#views.set(key, this.#createView(item, seen))
    const before = this.#shown.get(key)
    this.#shown.set(key, item)
    const same = before && !entry && !generation && !before.generation && before.message === message
    if (!same && !this.#waiting.has(key)) this.#update(key)
  }

  /**
   * @param {ThreadItem} item
   * @param {boolean} seen
   * @returns {ItemView}
   */
  #createView({ key, message, entry }, seen) {
    if (entry) return new PendingView(this.#context, entry)
    if (seen) this.#waiting.delete(key)
    else this.#waiting.add(key)
    const view = seen ? new MessageView(this.#context, message) : new MessagePlaceholder(this.#context, message)
    view.element.style.setProperty("--estimate", `${estimateHeight(message)}rem`)
    return view
  }

  #update(key) {
    const view = this.#views.get(key)
    const { message, generation, entry } = this.#shown.get(key)
    if (entry) view.update(entry)
    else view.update(message, generation)
    if (view.live) this.#live.add(view)
  }

  #arrange() {
    const before = this.#elements
    const elements = this.#items.map(({ key }) => this.#views.get(key).element)
    if (before.length === elements.length && elements.every((one, at) => one === before[at])) return
    const kept = new Set(elements)
    const gone = [...this.#views].filter(([, { element }]) => !kept.has(element))
    for (const [key, view] of gone) this.#forget(key, view)
    this.#elements = elements
    const upTo = (node) => before.slice(0, before.findIndex((one) => one.contains(node)) + 1)
    const survivor = (node) => upTo(node).findLast((one) => kept.has(one))
    this.#scroller.holding(() => {
      passOnFocus(this.#root, before, elements, () => this.#groups.show(elements))
    }, survivor)
    for (const [, view] of gone) view.close?.()
  }

  #forget(key, view) {
    this.#views.delete(key)
    this.#shown.delete(key)
    this.#waiting.delete(key)
    this.#live.delete(view)
  }

  /** Replace a placeholder by its message, or the reverse. */
  #exchange(key, seen) {
    const before = this.#views.get(key)
    const { element: old } = before
    const view = this.#createView(this.#shown.get(key), seen)
    this.#views.set(key, view)
    if (seen) this.#update(key)
    this.#scroller.replacing(old, view.element)
    old.replaceWith(view.element)
    before.close?.()
    this.#groups.replaced(old, view.element)
    this.#elements[this.#elements.indexOf(old)] = view.element
  }

  /** Render the nearest placeholder or drop the farthest message; returns whether more is left. */
  #drawNext() {
    this.#centre ??= this.#findCentre()
    const { length } = this.#items
    const near = findNearest(length, this.#centre, AHEAD, (at) => this.#waiting.has(this.#items[at].key))
    if (near >= 0) this.#exchange(this.#items[near].key, true)
    if (near >= 0 || length - this.#waiting.size <= MAX) return near >= 0
    const far = findFarthest(length, this.#centre, 2 * AHEAD, (at) => this.#isUnused(this.#items[at]))
    if (far >= 0) this.#exchange(this.#items[far].key, false)
    return far >= 0
  }

  /**
   * Whether a message has no focus, selection or editor.
   * @param {ThreadItem} item
   */
  #isUnused({ key, message }) {
    const view = this.#views.get(key)
    const used = (element) =>
      element.contains(document.activeElement) ||
      element.querySelector("textarea") !== null ||
      (document.getSelection()?.containsNode(element, true) ?? false)
    return Boolean(message) && !this.#waiting.has(key) && !view.live && !used(view.element)
  }

  #findCentre() {
    const read = this.#scroller.position?.element.closest("[data-message-id]")?.dataset.messageId
    const at = this.#items.findIndex(({ key }) => key === read)
    return at < 0 ? this.#items.length - 1 : at
  }

  /** The keys of the items that fill a window around one. */
  #around(key) {
    const centre = Math.max(
      0,
      this.#items.findIndex((item) => item.key === key),
    )
    const heightOf = (at) => (this.#items[at].message ? estimateHeight(this.#items[at].message) * REM : 0)
    return indicesAround(this.#items.length, centre, globalThis.innerHeight, heightOf).map((at) => this.#items[at].key)
  }
}
