import { OverflowFocus } from "../ui/overflow_focus.js"
import { closeTex } from "./close_tex.js"
import { copyTexWithin } from "./copy_tex.js"
import { loadedTypesetter, typesetterFor } from "./katex.js"

/** Longer formulas are a mistake or an attack, and would block the page. */
const MAX_CHARACTERS = 5000
/** About forty nested roots or fractions. A few times as many nested boxes crash the page. */
const DEEPEST = 300
const OPTIONS = { trust: false, strict: "ignore", maxSize: 20, maxExpand: 500, throwOnError: true }

/** Names for references, which nothing refers to. */
const LABEL = /\\label\{[^{}]*\}/g

/**
 * Typeset the TeX in an element, at once if KaTeX is loaded. On failure the source is shown, with the reason as title.
 * `name` labels a formula that has to be scrolled. Never rejects.
 * @param {HTMLElement} element
 * @param {{ tex: string, display: boolean, name?: string }} formula
 */
export async function renderMath(element, { tex, display, name = "" }) {
  try {
    const katex = loadedTypesetter(tex) ?? (await typesetterFor(tex))
    element.replaceChildren(typeset(katex, tex, display))
    if (display) new OverflowFocus({ element, inner: element.firstElementChild, name })
    copyTexWithin(document)
  } catch (error) {
    element.textContent = tex
    element.classList.add("math--source")
    element.title = error.message.replace(/^KaTeX parse error: /, "")
  }
}

/**
 * Typeset a formula that still grows, as far as it is one and KaTeX is loaded.
 * @param {HTMLElement} element
 * @param {{ tex: string, display: boolean }} formula
 */
export function renderGrowingMath(element, { tex, display }) {
  const katex = loadedTypesetter(tex)
  if (!katex) {
    typesetterFor(tex).catch(() => {}) // The complete formula tells.
    return
  }
  try {
    element.replaceChildren(typeset(katex, closeTex(tex), display))
  } catch {
    // The next words may close it.
  }
}

function typeset(katex, tex, display) {
  if (tex.length > MAX_CHARACTERS) throw new RangeError(`${tex.length} > ${MAX_CHARACTERS}`)
  const tree = katex.__renderToDomTree(tex.replace(LABEL, ""), { ...OPTIONS, displayMode: display })
  sanitize(tree)
  return tree.toNode()
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
