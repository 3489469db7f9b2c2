import { OverflowFocus } from "../ui/overflow_focus.js"
import { copyTexWithin } from "./copy_tex.js"
import { typesetterFor } from "./katex.js"

/** Longer formulas are a mistake or an attack, and would block the page. */
const MAX_CHARACTERS = 5000
/** About forty nested roots or fractions. A few times as many nested boxes crash the page. */
const DEEPEST = 300
const OPTIONS = { trust: false, strict: "ignore", maxSize: 20, maxExpand: 500, throwOnError: true }

/**
 * Typeset the TeX in an element. On failure the source stays, with the reason as title. `name` labels a formula that
 * has to be scrolled. Never rejects.
 * @param {HTMLElement} element
 * @param {{ tex: string, display: boolean, name?: string }} formula
 */
export async function renderMath(element, { tex, display, name = "" }) {
  try {
    if (tex.length > MAX_CHARACTERS) throw new RangeError(`${tex.length} > ${MAX_CHARACTERS}`)
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
 * Reject deep nesting, and drop the inline styles of the hidden MathML, which the page's policy forbids.
 * @param {{ attributes?: Record<string, string>, children?: any[] }} node
 */
function sanitize(node, depth = 0) {
  if (depth > DEEPEST) throw new RangeError(`> ${DEEPEST}`)
  delete node.attributes?.style
  for (const child of node.children ?? []) sanitize(child, depth + 1)
}
