const SHOWN_MS = 6000

/** Where words first stand inside an element, as a Range; null where they do not. White space is as good as other. */
export function findRange(element, words) {
  if (!words.trim()) return null
  const nodes = textNodes(element)
  const whole = nodes.map(({ data }) => data).join("")
  const match = new RegExp(words.trim().split(/\s+/).map(escapeRegExp).join("\\s+")).exec(whole)
  if (!match) return null
  const range = document.createRange()
  range.setStart(...nodeAt(nodes, match.index))
  range.setEnd(...nodeAt(nodes, match.index + match[0].length))
  return range
}

/** Mark the words of a range for a while, where the browser can do that without touching the text. */
export function highlightRange(range) {
  if (!globalThis.CSS?.highlights) return
  const highlighted = new Highlight(range)
  CSS.highlights.set("found", highlighted)
  setTimeout(() => { if (CSS.highlights.get("found") === highlighted) CSS.highlights.delete("found") }, SHOWN_MS)
}

function textNodes(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  const nodes = []
  while (walker.nextNode()) nodes.push(walker.currentNode)
  return nodes
}

/** The node and the offset in it of a place in the text of all nodes. */
function nodeAt(nodes, offset) {
  let rest = offset
  for (const node of nodes) {
    if (rest <= node.length) return [node, rest]
    rest -= node.length
  }
  return [nodes.at(-1), nodes.at(-1).length]
}

function escapeRegExp(text) { return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") }
