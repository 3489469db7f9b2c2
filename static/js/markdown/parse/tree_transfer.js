/** @import { TreeElement } from "./tree.js" */

/**
 * Siblings in a tree; `into` is the key of the parent, null for the root. A long node has a `key` and its children
 * follow.
 * @typedef {{ into: number | null, nodes: any[] }} Piece
 */

/** The size of a piece as JSON; receiving one takes about a millisecond. */
const MAX = 8000

/**
 * Split a tree into pieces.
 * @param {any[]} nodes
 * @param {number | null} into
 * @returns {Generator<Piece>}
 */
export function* splitTree(nodes, into = null, keys = { last: 0 }) {
  let some = []
  let length = 0
  for (const node of nodes) {
    const own = JSON.stringify(node).length
    const isLong = own > MAX && node.children?.length > 0
    if (some.length > 0 && (isLong || length + own > MAX)) {
      yield { into, nodes: some }
      some = []
      length = 0
    }
    if (isLong) {
      const key = (keys.last += 1)
      yield { into, nodes: [{ ...node, key, children: [] }] }
      yield* splitTree(node.children, key, keys)
    } else {
      some.push(node)
      length += own
    }
  }
  if (some.length > 0) yield { into, nodes: some }
}

/** Joins the pieces of a tree. */
export class TreeAssembler {
  /** @type {TreeElement[]} */
  nodes = []
  /** @type {Map<number, TreeElement>} */
  #open = new Map()

  /** @param {Piece} piece */
  add({ into, nodes }) {
    const target = into === null ? this.nodes : this.#open.get(into).children
    for (const node of nodes) {
      target.push(node)
      if (node.key !== undefined) this.#open.set(node.key, node)
      delete node.key
    }
  }
}
