import { openMarks } from "./open_marks.js"

/**
 * What of a growing text is shown now, so that half-written marks do not flicker: a line that could still become
 * anything waits for its next character, a table for its second line; bold, code, a link or a formula that is open
 * is shown as if it ended here. Only the last paragraph is looked at.
 */

const BULLETS = /(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*/
/** Nothing but marks so far: of a quote, an item, a box, a heading, a rule, bold, a table, a formula. */
const ONLY_MARKS = new RegExp(`^[ \\t>]*${BULLETS.source}(?:\\[[ xX]\\][ \\t]+)?(?:\\[[ xX]?\\]?|\\d{1,9}[.)]?|[-+*_#=~\`|:$!\\\\ \\t]*)$`)
/** No line of marks is longer. */
const MOST_MARKS = 200
/** A link reference whose address or title is still being written. */
const DEFINITION = /^ {0,3}\[(?!\^)[^\]]+\]:[ \t]*(?:\S*|\S+[ \t]+["'(].*)$/
const OPENING_FENCE = new RegExp(`^[ \\t>]*${BULLETS.source}(\`{3,}(?=[^\`]*$)|~{3,})`)
const CLOSING_FENCE = /^[ \t>]*(`{3,}|~{3,})[ \t]*$/
const PERHAPS_CLOSING = /^[ \t>]*(?:`+|~+)$/
const ITEM = /^[ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]/
const ROW = /^[ \t]*\|/
const MOST_CHARACTERS = 4000

/** Return {text, open}: `open` says that the formula at the end is not whole. `inTable`: every line is a row. */
export function calm(text, { inTable = false } = {}) {
  const lineStart = text.lastIndexOf("\n") + 1
  const line = text.slice(lineStart)
  if (inFence(text)) return { text: PERHAPS_CLOSING.test(line) ? text.slice(0, lineStart) : text, open: false }
  const waits = (line.length <= MOST_MARKS && ONLY_MARKS.test(line)) || OPENING_FENCE.test(line) || DEFINITION.test(line)
  const certain = waits ? text.slice(0, lineStart) : text
  const shown = inTable ? certain : withoutHalfTable(certain)
  const start = paragraphStart(shown)
  const { text: end, open } = openMarks(shown.slice(start))
  return { text: shown.slice(0, start) + end, open }
}

/** Whether the last line stands in fenced code, where every character stands for itself. */
function inFence(text) {
  if (!text.includes("```") && !text.includes("~~~")) return false
  let open = null
  for (const line of text.split("\n").slice(0, -1)) {
    if (open === null) open = OPENING_FENCE.exec(line)?.[1] ?? null
    else if (CLOSING_FENCE.exec(line)?.[1].startsWith(open)) open = null
  }
  return open !== null
}

/** Its first two lines say that something is a table: until then it would look like a paragraph. */
function withoutHalfTable(text) {
  const lines = text.split("\n")
  const ended = lines.at(-1) === ""
  if (ended) lines.pop()
  let first = lines.length
  while (first > 0 && ROW.test(lines[first - 1])) first -= 1
  const rows = lines.length - first
  const half = rows === 1 || (rows === 2 && !ended)
  return half ? lines.slice(0, first).map((line) => `${line}\n`).join("") : text
}

/** Where the last paragraph begins, or the last item of a list: marks do not reach beyond. */
function paragraphStart(text) {
  const line = text.lastIndexOf("\n") + 1
  if (ITEM.test(text.slice(line))) return line
  const blank = text.lastIndexOf("\n\n")
  return Math.max(blank < 0 ? 0 : blank + 2, text.length - MOST_CHARACTERS, 0)
}
