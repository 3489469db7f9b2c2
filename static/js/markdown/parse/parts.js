import { itemsOf } from "./tree.js"

/** @import { TreeElement } from "./tree.js" */

/**
 * Long texts are split into parts, so that the browser need not lay out everything for each word: blocks into groups,
 * long lists into several lists, long tables into several tables with the same columns. Parts that are out of view are
 * skipped (`content-visibility` in prose.css), but not the last ones: an element that becomes skippable while visible
 * is laid out again.
 */
const SEEN = 2
const BLOCKS = 16
export const ITEMS = 40
/** Tables with so many columns are scrolled; long ones get a width by the number of columns. */
const WIDE = 5
const WIDER = 9
const GOES_ON = "goes-on"
const PAST = " part--past"

/**
 * The blocks of a text, in parts.
 * @param {TreeElement[]} nodes
 */
export function splitIntoParts(nodes) {
  /** @type {TreeElement[]} */
  const parts = []
  for (const block of nodes.flatMap(splitBlock)) {
    if (parts.length === 0 || !hasRoom(parts.at(-1), block)) parts.push(createPartFor(block))
    parts.at(-1).children.push(block)
  }
  for (const node of newlyPast(parts)) setPast(node, true)
  return parts
}

/**
 * The parts that can be skipped and are not marked yet, last first.
 * @param {TreeElement[]} parts
 */
export function* newlyPast(parts) {
  for (let at = parts.length - SEEN - 1; at >= 0 && !isPast(parts[at]); at -= 1) yield parts[at]
}

/**
 * The parts at the end that can no longer be skipped.
 * @param {TreeElement[]} parts
 */
export function noLongerPast(parts) {
  return parts.slice(-SEEN).filter(isPast)
}

/**
 * @param {TreeElement} node
 * @param {boolean} isBehind
 */
export function setPast(node, isBehind) {
  const { class: name } = node.attrs
  node.attrs = { class: isBehind ? name + PAST : name.replace(PAST, "") }
}

/** @param {TreeElement} part */
function isPast({ attrs }) {
  return attrs.class.endsWith(PAST)
}

/**
 * Whether a block fits into a part. Segments of one list never share a part.
 * @param {TreeElement} part
 * @param {TreeElement} block
 */
export function hasRoom({ children }, block) {
  return children.length < BLOCKS && !goesOn(block)
}

/**
 * An empty part for a block.
 * @param {TreeElement} block
 */
export function createPartFor(block) {
  return createPart([], goesOn(block) ? "part--goes-on" : "")
}

/**
 * @param {TreeElement[]} children
 * @returns {TreeElement}
 */
function createPart(children, kind = "") {
  return { tag: "div", attrs: { class: `part ${kind}`.trim() }, children }
}

/** @param {TreeElement} block */
function goesOn({ attrs }) {
  return attrs?.class?.startsWith(GOES_ON) ?? false
}

/**
 * The segments of a block.
 * @param {TreeElement} node
 */
export function splitBlock(node) {
  if (node.tag === "ul" || node.tag === "ol")
    return chunk(node.children, ITEMS).map((items, at) => createListPart(node, items, at))
  return isTable(node) ? [createTable(node, itemsOf(node))] : [node]
}

/** @param {TreeElement} node */
export function isTable({ tag, attrs }) {
  return tag === "div" && attrs.class === "table"
}

/**
 * The segment of a list that begins with item `at * ITEMS`.
 * @param {TreeElement} list
 * @param {TreeElement[]} items
 * @param {number} at
 * @returns {TreeElement}
 */
export function createListPart({ tag, attrs = {}, at: line }, items, at) {
  if (at === 0) return { tag, attrs, children: items, at: line }
  const start = tag === "ol" ? { start: String(Number(attrs.start ?? 1) + at * ITEMS) } : {}
  return {
    tag,
    attrs: { ...attrs, ...start, class: attrs.class ? `${GOES_ON} ${attrs.class}` : GOES_ON },
    children: items,
  }
}

/**
 * The last block: the index of its first segment and its line; null if there is none.
 * @param {TreeElement[]} parts
 */
export function findLastBlock(parts) {
  const blocks = parts.flatMap(({ children }) => children)
  let first = blocks.length - (blocks.at(-1)?.tag === "section" ? 2 : 1)
  while (first > 0 && goesOn(blocks[first])) first -= 1
  const line = blocks[first]?.at
  return line === undefined ? null : { first, line }
}

/**
 * A table of these rows in parts; `node` has the head. Several parts share the column widths of the first.
 * @param {TreeElement} node
 * @param {TreeElement[]} rows
 * @returns {TreeElement}
 */
export function createTable(node, rows) {
  const groups = rows.length > 0 ? chunk(rows, ITEMS) : [[]]
  const widths = groups.length > 1 ? columnWidths(node, groups[0]) : null
  const parts = groups.map((group, at) => createTablePart(node, group, at, widths))
  for (const one of newlyPast(parts)) setPast(one, true)
  return { tag: "div", attrs: node.attrs, at: node.at, children: parts }
}

/**
 * One part of a table; each repeats the head for screen readers.
 * @param {TreeElement} node
 * @param {TreeElement[]} rows
 * @param {number} at
 * @param {string[] | null} widths
 */
export function createTablePart(node, rows, at, widths) {
  const [
    {
      children: [head],
    },
  ] = node.children
  const [{ children: cells }] = head.children
  const columns = cells.map((_, column) => ({ tag: "col", ...(widths ? { attrs: { width: widths[column] } } : {}) }))
  const kind = widths ? "long" : cells.length >= WIDE ? "wide" : null
  return createPart(
    [
      {
        tag: "table",
        ...(kind ? { attrs: { class: kind } } : {}),
        children: [
          { tag: "colgroup", children: columns },
          at === 0 ? head : { ...head, attrs: { class: "hidden" } },
          ...(rows.length > 0 || at > 0 ? [{ tag: "tbody", children: rows }] : []),
        ],
      },
    ],
    widths ? partKind(cells.length) : "",
  )
}

function partKind(columns) {
  return columns >= WIDER ? "part--wider" : columns >= WIDE ? "part--wide" : ""
}

/**
 * Column widths in percent, by their content.
 * @param {TreeElement} node
 * @param {TreeElement[]} rows
 */
export function columnWidths(node, rows) {
  const [
    {
      children: [head],
    },
  ] = node.children
  const lengths = [...head.children, ...rows].map(({ children }) =>
    children.map((cell) => Math.sqrt(lengthOf(cell) + 4)),
  )
  const weights = lengths[0].map((_, at) => lengths.reduce((sum, row) => sum + (row[at] ?? 0), 0))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => `${Math.round((weight / total) * 100)}%`)
}

function lengthOf(node) {
  if (typeof node === "string") return node.length
  return (node.children ?? []).reduce((sum, child) => sum + lengthOf(child), 0)
}

function chunk(list, size) {
  const groups = []
  for (let at = 0; at < list.length; at += size) groups.push(list.slice(at, at + size))
  return groups
}
