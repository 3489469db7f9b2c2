import { runToEnd, setAttributes } from "./painter.js"
import {
  ITEMS, hasRoom, isTable, createListPart, newlyPast, noLongerPast, createPartFor, splitBlock, setPast, createTable, createTablePart, columnWidths,
} from "../parse/parts.js"
import { finishCode, isLoose, looseAttrs, itemsOf } from "../parse/tree.js"

/** Says behind which element the next words appear: a change of one element's style, not of all that is around it. */
const CARET = "data-caret"
const HOLD_TEXT = new Set(["P", "H1", "H2", "H3", "H4", "H5", "H6"])
const HOLD_BLOCKS = new Set(["UL", "OL", "LI", "BLOCKQUOTE"])

/** A stretch of siblings on the screen: first those that are final, then those that may still change. */
class Strip {
  #painter
  #shown

  /** `kept` are the nodes that stand in the element already and are final, `shown` those behind them. */
  constructor(element, painter, kept, shown = []) {
    this.element = element
    this.#painter = painter
    this.#shown = shown
    this.kept = kept
    this.last = element.childNodes[kept.length - 1] ?? null
  }

  show(nodes) {
    this.#patch(this.#next, this.#shown, nodes)
    this.#shown = nodes
  }

  /** The nodes that come next are these, and final: neither read nor written again. */
  keep(nodes) {
    this.#patch(this.#next, this.#shown.slice(0, nodes.length), nodes)
    this.#shown = this.#shown.slice(nodes.length)
    for (const node of nodes) {
      this.last = this.#next
      this.kept.push(node)
    }
  }

  /** Of what is final only so many nodes stay. */
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

  get #next() { return this.last ? this.last.nextSibling : this.element.firstChild }

  #patch(place, before, now) { runToEnd(this.#painter.patch(this.element, place, before, now)) }
}

/** An answer on the screen while it grows: see Stream for who calls what. It fills part after part (see parts.js). */
export class DomSink {
  #painter
  #body
  #part = null
  /** The items of a list, or the rows of a table, that is still open: {strip, node, at, lists}. */
  #open = null
  #code = null
  #caret = null

  /** `nodes` are on the screen already, as the parts of a text. */
  constructor(element, painter, nodes) {
    this.#painter = painter
    this.#body = new Strip(element, painter, nodes)
  }

  /** What stands from the block number `first` on may change again. */
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

  /** Whether parts have come to be behind that are not skipped yet. */
  get hasNewlyPast() { return this.#rows.some(({ parts }) => !newlyPast(parts).next().done) }

  skipPast() { for (const row of this.#rows) markPast(row, newlyPast(row.parts), true) }

  /** Where parts stand: {element, parts}. */
  get #rows() {
    const rows = [{ element: this.#body.element, parts: this.#body.kept }]
    if (this.#open && isTable(this.#open.node)) rows.push({ element: this.#part.last, parts: this.#part.kept.at(-1).children })
    return rows
  }

  /** All that was kept, as a tree; nothing else is shown any more. */
  close() {
    this.#open?.strip.show([])
    this.#part?.show([])
    this.#body.show([])
    this.#moveCaret(null)
    return this.#body.kept
  }

  /** Show nodes behind what is final. Where a list or table is open, the first one is its continuation. */
  show(nodes) {
    if (this.#open) this.#follow(nodes[0])
    this.#open?.strip.show(itemsOf(nodes[0]))
    const blocks = (this.#open ? nodes.slice(1) : nodes).flatMap(splitBlock)
    if (blocks.length > 0 && !this.#open) this.#ensureRoom(blocks[0])
    this.#part?.show(blocks)
    this.#moveCaret(this.#part?.element)
  }

  /** These nodes, the first that are shown, are final; with them an open list or table ends. */
  keep(nodes) {
    if (!this.#open) return this.#blocks(nodes.flatMap(splitBlock))
    this.keepInside(nodes[0], itemsOf(nodes[0]))
    this.#open.strip.show([])
    this.#open = null
    this.#blocks(nodes.slice(1).flatMap(splitBlock))
  }

  /** This list or table is open; its items or rows are final. */
  openInto(node) {
    const parts = itemsOf(node)
    if (isTable(node)) this.#blocks([createTable(node, parts.slice(0, ITEMS))])
    else this.#blocks([createListPart(node, parts.slice(0, ITEMS), 0)])
    this.#open = { node, at: 0, strip: this.#innerStrip(node), widths: null, lists: [] }
    this.#recordList()
    this.keepInside(node, parts.slice(ITEMS))
  }

  /** Of it, which goes on as `node`, these further items or rows are final. */
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

  /** Once a blank line stands in it, the open list is loose from its beginning. */
  #follow(node) {
    if (!isLoose(node) || isLoose(this.#open.node)) return
    this.#open.node = { ...this.#open.node, attrs: looseAttrs(this.#open.node) }
    for (const [at, { element, node: one }] of this.#open.lists.entries()) {
      const { attrs } = createListPart(this.#open.node, [], at)
      setAttributes(element, one.attrs, attrs)
      one.attrs = attrs
    }
  }

  /** Another part of the open list stands at the end. */
  #recordList() {
    const { last, kept } = this.#part
    if (!isTable(this.#open.node)) this.#open.lists.push({ element: last, node: kept.at(-1) })
  }

  openCode(node) {
    this.#blocks([node])
    this.#code = node
    this.#moveCaret(null)
  }

  /** Let the caret stand behind the last words in an element. */
  #moveCaret(element) {
    let last = element?.lastElementChild
    while (last && HOLD_BLOCKS.has(last.tagName)) last = last.lastElementChild
    const caret = last && HOLD_TEXT.has(last.tagName) ? last : null
    if (caret === this.#caret) return
    this.#caret?.removeAttribute(CARET)
    caret?.setAttribute(CARET, "")
    this.#caret = caret
  }

  appendCode(text) {
    this.#code.text += text
    this.#painter.viewOf(this.#part.last).append(text)
  }

  closeCode(rest) {
    if (rest) this.appendCode(rest)
    this.#part.replaceLast(finishCode(this.#code))
    this.#code = null
  }

  /** Go on in the next part of the open list or table. */
  #startNextPart() {
    const { node } = this.#open
    const at = this.#open.at += 1
    if (isTable(node)) this.#nextTable(node, at)
    else this.#blocks([createListPart(node, [], at)])
    this.#open.strip = this.#innerStrip(node)
    this.#recordList()
  }

  /** Once there is a second part the table is a long one, and the first shows it too. */
  #nextTable(node, at) {
    const { strip } = this.#open
    const widths = this.#open.widths ??= columnWidths(node, strip.kept)
    const wrapper = this.#part.kept.at(-1)
    const before = at === 1 ? [createTablePart(node, strip.kept, 0, widths)] : wrapper.children
    this.#part.replaceLast({ ...wrapper, children: [...before, createTablePart(node, [], at, widths)] })
  }

  /** Where the parts of the list or table go that come next. */
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

  /** Make sure that there is a part with room. */
  #ensureRoom(block) {
    if (this.#part && hasRoom({ children: this.#part.kept }, block)) return
    this.#part?.show([])
    const node = createPartFor(block)
    this.#body.keep([node])
    this.#enterPart(node, [])
  }

  /** Go on in the last part, behind its nodes. */
  #enterPart(node, shown) {
    this.#part = new Strip(this.#body.last, this.#painter, node.children, shown)
  }
}

/** Say of some parts, on the screen and in the tree, whether they are behind. */
function markPast({ element, parts }, some, isBehind) {
  for (const node of some) {
    const before = node.attrs
    setPast(node, isBehind)
    setAttributes(element.childNodes[parts.indexOf(node)], before, node.attrs)
  }
}
