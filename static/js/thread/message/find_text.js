const SHOWN_MS = 6000
/** More would not be seen, and each costs the browser a little. */
const MOST_RANGES = 500

/**
 * The occurrences of words inside an element, as ranges: those of the first word first. Any white space matches.
 * @param {Element} element
 * @param {string[]} words
 */
export function findRanges(element, words) {
  const nodes = textNodes(element)
  const whole = nodes.map(({ data }) => data).join("")
  const patterns = words.filter((word) => word.trim()).map(patternOf)
  const matches = patterns.flatMap((pattern) => [...whole.matchAll(pattern)]).slice(0, MOST_RANGES)
  const starts = offsetsOf(nodes)
  return matches.map(({ index, 0: { length } }) => {
    const range = document.createRange()
    range.setStart(...nodeAt(nodes, starts, index))
    range.setEnd(...nodeAt(nodes, starts, index + length))
    return range
  })
}

/**
 * Highlight ranges for a while, if the browser can do that without changing the DOM.
 * @param {Range[]} ranges
 */
export function highlightRanges(ranges) {
  if (!globalThis.CSS?.highlights) return
  const highlighted = new Highlight(...ranges)
  CSS.highlights.set("found", highlighted)
  setTimeout(() => {
    if (CSS.highlights.get("found") === highlighted) CSS.highlights.delete("found")
  }, SHOWN_MS)
}

function textNodes(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  /** @type {Text[]} */
  const nodes = []
  while (walker.nextNode()) nodes.push(/** @type {Text} */ (walker.currentNode))
  return nodes
}

/** The offset of each node in the joined text. */
function offsetsOf(nodes) {
  let offset = 0
  return nodes.map(({ length }) => {
    offset += length
    return offset - length
  })
}

/**
 * The text node and offset at an offset in the joined text.
 * @param {Text[]} nodes
 * @param {number[]} starts
 * @param {number} offset
 * @returns {[Text, number]}
 */
function nodeAt(nodes, starts, offset) {
  let [low, high] = [0, nodes.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (offset <= starts[middle] + nodes[middle].length) high = middle
    else low = middle + 1
  }
  return [nodes[low], offset - starts[low]]
}

/** @param {string} word */
function patternOf(word) {
  return new RegExp(word.trim().split(/\s+/).map(escapeRegExp).join("\\s+"), "g")
}

function escapeRegExp(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
}
