/** What is looked into for something smaller; what scrolls within itself, a table or a fold, is one thing. */
const OPEN = new Set(["ARTICLE", "DIV", "SECTION", "BLOCKQUOTE", "UL", "OL", "LI"])

/** A node (an element or a range) and where its edge stands below the upper edge of the window, in pixels. */
export class ReadingPosition {
  constructor(node, offset, edge = "top") { Object.assign(this, { node, offset, edge }) }

  get element() {
    const node = this.node.commonAncestorContainer ?? this.node
    return node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement
  }

  get connected() { return this.element?.isConnected ?? false }

  /** How far it has moved, the window beginning at `top`. */
  drift(top) { return this.node.getBoundingClientRect()[this.edge] - top - this.offset }
}

/**
 * What a reader sees first in a column that is seen from `top` down: the first block that is whole in sight,
 * or the smallest that begins above. The column's messages, which may stand in groups, are looked through by halves:
 * there may be thousands.
 */
export function findReadingPosition(column, top) {
  let node = firstBelow([...column.children], top)
  while (node?.tagName === "DIV" && node.firstElementChild) node = firstBelow([...node.children], top)
  if (!node) return null
  for (let rect = node.getBoundingClientRect(); rect.top < top && OPEN.has(node.tagName);) {
    const inner = [...node.children].find((child) => reachesBelow(child, top))
    if (!inner) break
    node = inner
    rect = node.getBoundingClientRect()
  }
  return new ReadingPosition(node, node.getBoundingClientRect().top - top)
}

function firstBelow(elements, top) {
  let [low, high] = [0, elements.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (elements[middle].getBoundingClientRect().bottom > top) high = middle
    else low = middle + 1
  }
  return elements[low] ?? null
}

/** What is hidden from sight has a pixel; it is nothing to hold on to. */
function reachesBelow(element, top) {
  const { bottom, height } = element.getBoundingClientRect()
  return bottom > top && height > 1
}
