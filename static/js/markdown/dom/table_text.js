/** What surrounds the words of an element in Markdown. */
const MARKS = { STRONG: "**", EM: "*", S: "~~" }
const TAGS = new Set(["SUB", "SUP", "KBD", "U"])
const BAR = /(?<!\\)\|/g
/** What would be markup: a text that is copied says the same when it is read again. */
const MARKUP = new RegExp(
  [
    "[*`|]",
    "\\\\(?=[!-/:-@[-`{-~]|$)",
    "(?<![\\p{L}\\p{N}])_|_(?![\\p{L}\\p{N}])",
    "~(?=~)|<(?=[A-Za-z/!?]|$)|&(?=#?\\w+;)|\\[(?=\\^|.*\\]\\()",
    "\\$(?=.*\\$)|(?<=\\$.*)\\$",
  ].join("|"),
  "gu",
)
/** What spreadsheets take for a formula, plain numbers aside. */
const COMPUTED = /^[=@＝＠＋－]|^[+-](?!\p{Sc}?[\d.,]*\s?%?$)/u

/**
 * The table as comma-separated values (RFC 4180): mathematics as TeX, line breaks within cells. A spreadsheet computes
 * nothing of it: a model may have been told to write a formula that sends the cells elsewhere.
 * @param {Element} table
 */
export function csvOf(table) {
  const inert = (text) => (COMPUTED.test(text) ? `'${text}` : text)
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return rowsOf(table)
    .map((cells) => cells.map((cell) => quoted(inert(plainOf(cell).trim()))).join(","))
    .join("\r\n")
}

/**
 * The table as Markdown that GitHub reads, too.
 * @param {Element} table
 */
export function markdownOf(table) {
  const [head, ...rows] = rowsOf(table)
  const line = (cells) => `| ${cells.join(" | ")} |`
  const written = (cells) => line(cells.map((cell) => markupOf(cell).trim()))
  return [written(head), line(head.map(delimiterOf)), ...rows.map(written)].join("\n")
}

/** The cells of each row; the parts of a long table repeat its head. */
function rowsOf(table) {
  return [...table.querySelectorAll("tr")].filter((row) => !row.closest(".hidden")).map((row) => [...row.cells])
}

function delimiterOf({ className }) {
  if (className.includes("align-center")) return ":-:"
  return className.includes("align-right") ? "--:" : className.includes("align-left") ? ":--" : "---"
}

function texOf(formula) {
  return formula.querySelector("annotation")?.textContent ?? formula.textContent
}

function plainOf(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data
  if (node.nodeName === "BR") return "\n"
  return isFormula(node) ? `$${texOf(node)}$` : [...node.childNodes].map(plainOf).join("")
}

function markupOf(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data.replaceAll("\n", " ").replace(MARKUP, "\\$&")
  if (node.nodeName === "BR") return "<br>"
  if (isFormula(node)) return `$${texOf(node).replaceAll("\n", " ").replace(BAR, "\\vert ").trim()}$`
  if (node.nodeName === "CODE") return codeOf(node.textContent)
  const inner = [...node.childNodes].map(markupOf).join("")
  const mark = MARKS[node.nodeName]
  if (mark) return mark + inner + mark
  if (node.nodeName === "A" && node.href.includes(":")) return linkOf(node, inner)
  const tag = TAGS.has(node.nodeName) ? node.localName : null
  return tag ? `<${tag}>${inner}</${tag}>` : inner
}

/** An address that is its own text stands alone. */
function linkOf(node, inner) {
  const address = node.getAttribute("href")
  return address === node.textContent ? address : `[${inner}](${address})`
}

/** In a fence longer than any in it. */
function codeOf(text) {
  const runs = text.match(/`+/g) ?? []
  const fence = "`".repeat(1 + Math.max(0, ...runs.map(({ length }) => length)))
  const space = runs.length > 0 ? " " : ""
  return fence + space + text.replaceAll("|", "\\|") + space + fence
}

function isFormula(node) {
  return node.classList?.contains("math")
}
