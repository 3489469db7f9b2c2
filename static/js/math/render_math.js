import { OverflowFocus } from "../ui/overflow_focus.js"
import { copyTexWithin } from "./copy_tex.js"
import { typesetterFor } from "./katex.js"

/** So much is a mistake or an attack; typesetting it would hold the page up. */
const MOST_CHARACTERS = 5000
/** A formula of some forty roots or fractions in each other. A page that lays out a few times as many boxes in boxes dies. */
const DEEPEST = 300
const OPTIONS = { trust: false, strict: "ignore", maxSize: 20, maxExpand: 500, throwOnError: true }

/**
 * Show a formula in an element that holds its TeX. What cannot be typeset stays, quietly, as it was written, with the
 * reason in its title. `name` is what a formula is called that has to be scrolled. Never rejects.
 */
export async function renderMath(element, { tex, display, name = "" }) {
  try {
    if (tex.length > MOST_CHARACTERS) throw new RangeError(`${tex.length} > ${MOST_CHARACTERS}`)
    const katex = await typesetterFor(tex)
    const tree = katex.__renderToDomTree(tex, { ...OPTIONS, displayMode: display })
    sanitize(tree)
    element.replaceChildren(tree.toNode())
    if (display) new OverflowFocus({ element, inner: element.firstElementChild, name })
    copyTexWithin(document)
  } catch (error) {
    element.classList.add("math--source")
    element.title = error.message.replace(/^KaTeX parse error: /, "")
  }
}

/**
 * Refuse what is too deep; and as a page whose policy forbids styles in markup would complain of the few that are
 * meant for MathML, which nobody sees, take them away.
 */
function sanitize(node, depth = 0) {
  if (depth > DEEPEST) throw new RangeError(`> ${DEEPEST}`)
  delete node.attributes?.style
  for (const child of node.children ?? []) sanitize(child, depth + 1)
}
