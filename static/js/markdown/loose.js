/**
 * A list is loose when a blank line stands between its parts: then each text in it is a paragraph. A list that is
 * read piece by piece keeps to what is known of it so far.
 */
const BLOCKS = new Set(["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "hr", "div", "section"])

export function isLoose(items) {
  return items.some(({ children }) => children.some(({ tag }) => tag === "p"))
}

/** The items as those of a loose list. */
export function loosened(items) { return items.map(({ children, ...item }) => ({ ...item, children: paragraphs(children) })) }

function paragraphs(children) {
  const found = []
  let open = null
  for (const node of children) {
    if (isBlock(node)) {
      open = null
      found.push(node)
    } else if (open) open.children.push(node)
    else found.push(open = { tag: "p", children: [node] })
  }
  return found
}

function isBlock(node) {
  return BLOCKS.has(node.tag) || node.special === "code" || node.special === "diagram" || node.block === true
}
