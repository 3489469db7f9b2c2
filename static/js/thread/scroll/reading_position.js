/** Elements to descend into; what scrolls or folds is treated as a whole. */
const OPEN = new Set(["ARTICLE", "DIV", "SECTION", "BLOCKQUOTE", "UL", "OL", "LI"])

/** A node and the distance of its edge from the top of the window, in pixels. */
export class ReadingPosition {
  /**
   * @param {Element | Range} node
   * @param {number} offset
   * @param {"top" | "bottom"} edge
   */
  constructor(node, offset, edge = "top") {
    this.node = node
    this.offset = offset
    this.edge = edge
  }

  /** @returns {Element | null} */
  get element() {
    const node = "commonAncestorContainer" in this.node ? this.node.commonAncestorContainer : this.node
    return node instanceof Element ? node : node.parentElement
  }

  get connected() {
    return this.element?.isConnected ?? false
  }

  /**
   * How far it has moved; the window begins at `top`.
   * @param {number} top
   */
  drift(top) {
    return this.node.getBoundingClientRect()[this.edge] - top - this.offset
  }
}

/**
 * The first block fully visible below `top`, or the smallest one that begins above. A binary search: there may be
 * thousands of messages.
 * @param {Element} column
 * @param {number} top
 */
export function findReadingPosition(column, top) {
  let node = firstBelow([...column.children], top)
  while (node?.tagName === "DIV" && node.firstElementChild) node = firstBelow([...node.children], top)
  if (!node) return null
  for (let rect = node.getBoundingClientRect(); rect.top < top && OPEN.has(node.tagName); ) {
    const inner = [...node.children].find((child) => reachesBelow(child, top))
    if (!inner) break
    node = inner
    rect = node.getBoundingClientRect()
  }
  return new ReadingPosition(node, node.getBoundingClientRect().top - top)
}

/**
 * @param {Element[]} elements
 * @param {number} top
 */
function firstBelow(elements, top) {
  let [low, high] = [0, elements.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (elements[middle].getBoundingClientRect().bottom > top) high = middle
    else low = middle + 1
  }
  return elements[low] ?? null
}

/** Visually hidden elements have one pixel and are skipped. */
function reachesBelow(element, top) {
  const { bottom, height } = element.getBoundingClientRect()
  return bottom > top && height > 1
}
