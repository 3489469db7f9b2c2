import {
  columnWidths,
  createListPart,
  createPartFor,
  createTable,
  createTablePart,
  hasRoom,
  ITEMS,
  isTable,
  newlyPast,
  noLongerPast,
  setPast,
  splitBlock,
} from "../parse/parts.js"
import { finishCode, isLoose, itemsOf, looseAttrs } from "../parse/tree.js"
import { Disturbed, runToEnd, setAttributes } from "./painter.js"

/** @import { TreeElement, TreeNode } from "../parse/tree.js" */
/** @import { Painter } from "./painter.js" */

/** Marks the element at whose end the next words appear; changes the style of one element only. */
const CARET = "data-caret"
const HOLD_TEXT = new Set(["P", "H1", "H2", "H3", "H4", "H5", "H6"])
const HOLD_BLOCKS = new Set(["UL", "OL", "LI", "BLOCKQUOTE"])

/** Siblings in an element: first final ones, then those that may still change. */
class Strip {
  #painter
  #shown

  /**
   * `kept` are the final nodes in the element, `shown` those after them.
   * @param {Element} element
   * @param {Painter} painter
   * @param {any[]} kept
   * @param {TreeNode[]} shown
   */
  constructor(element, painter, kept, shown = []) {
    this.element = element
    this.#painter = painter
    this.#shown = shown
    this.kept = kept
    /** @type {any} */
    this.last = element.childNodes[kept.length - 1] ?? null
  }

  show(nodes) {
    this.#patch(this.#next, this.#shown, nodes)
    this.#shown = nodes
  }

  /** The next nodes are final: never compared or changed again. */
  keep(nodes) {
    this.#patch(this.#next, this.#shown.slice(0, nodes.length), nodes)
    this.#shown = this.#shown.slice(nodes.length)
    for (const node of nodes) {
      this.last = this.#next
      this.kept.push(node)
    }
  }

  /** Keep only so many final nodes. */
  cut(count) {
    this.#patch(this.element.childNodes[count] ?? null, this.kept.slice(count), [])
    this.kept.length = count
    this.last = this.element.lastChild
  }

  replaceLast(node) {
    const previous = this.last.previousSibling
    this.#patch(this.last, [this.kept.pop()], [node])
    this.kept.push(node)
    this.last = previous ? previous.nextSibling : this.element.firstChild
  }

  get #next() {
    if (this.last && this.last.parentNode !== this.element) throw new Disturbed()
    return this.last ? this.last.nextSibling : this.element.firstChild
  }

  #patch(place, before, now) {
    runToEnd(this.#painter.patch(this.element, place, before, now))
  }
}

/** Shows a growing answer, part by part (see parts.js); called by Stream. */
export class DomSink {
  #painter
  #body
  /** @type {Strip | null} */
  #part = null
  /**
   * The open list or table.
   * @type {{ node: TreeElement, at: number, strip: Strip, widths: string[] | null,
   *   lists: { element: Element, node: TreeElement }[] } | null}
   */
  #open = null
  /** @type {TreeElement | null} */
  #code = null
  /** @type {Element | null} */
  #caret = null

  /**
   * `nodes` are in the element already, as parts.
   * @param {HTMLElement} element
   * @param {Painter} painter
   * @param {TreeElement[]} nodes
   */
  constructor(element, painter, nodes) {
    this.#painter = painter
    this.#body = new Strip(element, painter, nodes)
  }

  /**
   * Blocks from number `first` on may change again.
   * @param {number} first
   */
  reopen(first) {
    const { kept } = this.#body
    let at = 0
    let room = first
    for (; room >= kept[at].children.length; at += 1) room -= kept[at].children.length
    this.#body.cut(at + 1)
    const { children } = kept[at]
    kept[at] = { ...kept[at], children: children.slice(0, room) }
    this.#enterPart(kept[at], children.slice(room))
    markPast({ element: this.#body.element, parts: kept }, noLongerPast(kept), false)
  }

  /** Whether there are parts that can be skipped and are not marked yet. */
  get hasNewlyPast() {
    return this.#rows.some(({ parts }) => !newlyPast(parts).next().done)
  }

  skipPast() {
    for (const row of this.#rows) markPast(row, newlyPast(row.parts), true)
  }

  /** The elements with parts: {element, parts}. */
  get #rows() {
    const rows = [{ element: this.#body.element, parts: this.#body.kept }]
    if (this.#open && isTable(this.#open.node))
      rows.push({ element: this.#part.last, parts: this.#part.kept.at(-1).children })
    return rows
  }

  /** Remove what is not final; returns the final tree. */
  close() {
    this.#open?.strip.show([])
    this.#part?.show([])
    this.#body.show([])
    this.#moveCaret(null)
    return this.#body.kept
  }

  /**
   * Show nodes after the final ones. If a list or table is open, the first node continues it.
   * @param {TreeElement[]} nodes
   */
  show(nodes) {
    this.#ensureHeld(this.#open?.strip.element ?? this.#part?.element)
    if (this.#open) this.#follow(nodes[0])
    this.#open?.strip.show(itemsOf(nodes[0]))
    const blocks = (this.#open ? nodes.slice(1) : nodes).flatMap(splitBlock)
    if (blocks.length > 0 && !this.#open) this.#ensureRoom(blocks[0])
    this.#part?.show(blocks)
    this.#moveCaret(this.#part?.element)
  }

  /**
   * The first of the shown nodes are final; ends an open list or table.
   * @param {TreeElement[]} nodes
   */
  keep(nodes) {
    if (!this.#open) return this.#blocks(nodes.flatMap(splitBlock))
    this.keepInside(nodes[0], itemsOf(nodes[0]))
    this.#open.strip.show([])
    this.#open = null
    this.#blocks(nodes.slice(1).flatMap(splitBlock))
  }

  /**
   * A list or table stays open; its items or rows are final.
   * @param {TreeElement} node
   */
  openInto(node) {
    const parts = itemsOf(node)
    if (isTable(node)) this.#blocks([createTable(node, parts.slice(0, ITEMS))])
    else this.#blocks([createListPart(node, parts.slice(0, ITEMS), 0)])
    this.#open = { node, at: 0, strip: this.#innerStrip(node), widths: null, lists: [] }
    this.#recordList()
    this.keepInside(node, parts.slice(ITEMS))
  }

  /**
   * Further items or rows of it are final; `node` is its continuation.
   * @param {TreeElement} node
   * @param {TreeElement[]} parts
   */
  keepInside(node, parts) {
    this.#follow(node)
    const { strip } = this.#open
    const room = ITEMS - strip.kept.length
    strip.keep(parts.slice(0, room))
    if (parts.length <= room) return
    strip.show([])
    this.#startNextPart()
    this.keepInside(node, parts.slice(room))
  }

  /** A blank line makes the whole open list loose. */
  #follow(node) {
    if (!isLoose(node) || isLoose(this.#open.node)) return
    this.#open.node = { ...this.#open.node, attrs: looseAttrs(this.#open.node) }
    for (const [at, { element, node: one }] of this.#open.lists.entries()) {
      const { attrs } = createListPart(this.#open.node, [], at)
      setAttributes(element, one.attrs, attrs)
      one.attrs = attrs
    }
  }

  /** Remember the new part of the open list. */
  #recordList() {
    const { last, kept } = this.#part
    if (!isTable(this.#open.node)) this.#open.lists.push({ element: last, node: kept.at(-1) })
  }

  /** @param {TreeElement} node */
  openCode(node) {
    this.#blocks([node])
    this.#code = node
    this.#moveCaret(null)
  }

  /** Put the caret after the last words in an element. */
  #moveCaret(element) {
    let last = element?.lastElementChild
    while (last && HOLD_BLOCKS.has(last.tagName)) last = last.lastElementChild
    const caret = last && HOLD_TEXT.has(last.tagName) ? last : null
    if (caret === this.#caret) return
    this.#caret?.removeAttribute(CARET)
    caret?.setAttribute(CARET, "")
    this.#caret = caret
  }

  /** What is written into an element that others have removed would be lost. */
  #ensureHeld(element) {
    if (element && !this.#body.element.contains(element)) throw new Disturbed()
  }

  /** @param {string} text */
  appendCode(text) {
    this.#ensureHeld(this.#part.last)
    this.#code.text += text
    this.#painter.viewOf(this.#part.last).append(text)
  }

  /** @param {string} rest */
  closeCode(rest) {
    if (rest) this.appendCode(rest)
    this.#part.replaceLast(finishCode(this.#code))
    this.#code = null
  }

  /** Begin the next part of the open list or table. */
  #startNextPart() {
    const { node } = this.#open
    const at = (this.#open.at += 1)
    if (isTable(node)) this.#nextTable(node, at)
    else this.#blocks([createListPart(node, [], at)])
    this.#open.strip = this.#innerStrip(node)
    this.#recordList()
  }

  /** With a second part the table is a long one; the first part is rebuilt as such. */
  #nextTable(node, at) {
    const { strip } = this.#open
    const widths = (this.#open.widths ??= columnWidths(node, strip.kept))
    const wrapper = this.#part.kept.at(-1)
    const before = at === 1 ? [createTablePart(node, strip.kept, 0, widths)] : wrapper.children
    this.#part.replaceLast({ ...wrapper, children: [...before, createTablePart(node, [], at, widths)] })
  }

  /** The strip for the next items or rows. */
  #innerStrip(node) {
    const { last, kept } = this.#part
    if (!isTable(node)) return new Strip(last, this.#painter, kept.at(-1).children)
    const table = kept.at(-1).children.at(-1).children[0]
    return new Strip(last.lastChild.firstChild.lastChild, this.#painter, table.children.at(-1).children)
  }

  #blocks(nodes) {
    for (const node of nodes) {
      this.#ensureRoom(node)
      this.#part.keep([node])
    }
  }

  /** Ensure that the current part has room. */
  #ensureRoom(block) {
    if (this.#part && hasRoom({ children: this.#part.kept }, block)) return
    this.#part?.show([])
    const node = createPartFor(block)
    this.#body.keep([node])
    this.#enterPart(node, [])
  }

  /** Continue in the last part, after its nodes. */
  #enterPart(node, shown) {
    this.#part = new Strip(this.#body.last, this.#painter, node.children, shown)
  }
}

/** Mark parts, in the DOM and in the tree, as skippable or not. */
function markPast({ element, parts }, some, isBehind) {
  for (const node of some) {
    const before = node.attrs
    setPast(node, isBehind)
    setAttributes(element.childNodes[parts.indexOf(node)], before, node.attrs)
  }
}
