const heard = new WeakSet()
/** Block elements, which end a line of copied text. */
const BLOCKS = "p, div, li, ul, ol, pre, blockquote, h1, h2, h3, h4, h5, h6, tr, table, figure, section, article"

/**
 * Copy formulas of a document as TeX.
 * @param {Document} document
 */
export function copyTexWithin(document) {
  if (heard.has(document)) return
  heard.add(document)
  document.addEventListener("copy", (event) => {
    const selection = document.getSelection()
    if (event.defaultPrevented || selection.isCollapsed || selection.rangeCount === 0) return
    const range = expandToFormulas(selection.getRangeAt(0))
    const fragment = range.cloneContents()
    if (!fragment.querySelector(".katex")) return
    const html = document.createElement("div")
    html.append(fragment.cloneNode(true))
    event.clipboardData.setData("text/html", html.innerHTML)
    event.clipboardData.setData("text/plain", plainTextOf(fragment))
    event.preventDefault()
  })
}

/**
 * Extend a range to whole formulas.
 * @param {Range} range
 */
function expandToFormulas(range) {
  const wide = range.cloneRange()
  const formulaAt = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest(".katex")
  const [first, last] = [formulaAt(range.startContainer), formulaAt(range.endContainer)]
  if (first) wide.setStartBefore(first)
  if (last) wide.setEndAfter(last)
  return wide
}

/**
 * The plain text of a copied fragment, formulas as TeX.
 * @param {DocumentFragment} fragment
 */
export function plainTextOf(fragment) {
  for (const formula of fragment.querySelectorAll(".katex")) {
    const tex = formula.querySelector("annotation")?.textContent ?? formula.textContent
    const display = formula.closest(".katex-display, .math--display") !== null
    formula.replaceWith(display ? `$$${tex}$$` : `$${tex}$`)
  }
  for (const button of fragment.querySelectorAll("button, .hidden")) button.remove()
  for (const end of fragment.querySelectorAll("br")) end.replaceWith("\n")
  for (const cell of fragment.querySelectorAll("td:not(:last-child), th:not(:last-child)")) cell.append("\t")
  for (const block of fragment.querySelectorAll(BLOCKS)) if (!block.textContent.endsWith("\n")) block.append("\n")
  return fragment.textContent.replace(/\n+$/, "")
}
