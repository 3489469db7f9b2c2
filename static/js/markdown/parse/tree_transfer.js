/** A piece's length as JSON; taking one of these keeps a page from its work for about a millisecond. */
const MOST = 8000

/**
 * Cut a tree into pieces {into, nodes}, to be put together in their order: `into` is the key of a node whose children
 * these are, null for the uppermost. A node that is too long comes with a `key` and without its children.
 */
export function* splitTree(nodes, into = null, keys = { last: 0 }) {
  let some = []
  let length = 0
  for (const node of nodes) {
    const own = JSON.stringify(node).length
    const isLong = own > MOST && node.children?.length > 0
    if (some.length > 0 && (isLong || length + own > MOST)) {
      yield { into, nodes: some }
      some = []
      length = 0
    }
    if (isLong) {
      const key = keys.last += 1
      yield { into, nodes: [{ ...node, key, children: [] }] }
      yield* splitTree(node.children, key, keys)
    } else {
      some.push(node)
      length += own
    }
  }
  if (some.length > 0) yield { into, nodes: some }
}

/** Puts the pieces of one tree together. */
export class TreeAssembler {
  nodes = []
  #open = new Map()

  add({ into, nodes }) {
    const target = into === null ? this.nodes : this.#open.get(into).children
    for (const node of nodes) {
      target.push(node)
      if (node.key !== undefined) this.#open.set(node.key, node)
      delete node.key
    }
  }
}
