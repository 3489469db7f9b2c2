import { closeOpenMarks } from "./close_open_marks.js"
import { BULLETS, findLastParagraph, OPENING_FENCE } from "./last_paragraph.js"

/**
 * Decides what of a growing text is shown, so that half-written marks do not flicker: a line that may still become
 * anything waits for its next character, a table for its second line; open marks are shown as if closed. Only the last
 * paragraph is considered.
 */

/** Only the marks of a quote, item, checkbox, heading, rule, emphasis, table or formula so far. */
const ONLY_MARKS = new RegExp(
  `^[ \\t>]*${BULLETS}(?:\\[[ xX]\\][ \\t]+)?(?:\\[[ xX]?\\]?|\\d{1,9}[.)]?|[-+*_#=~\`|:$!\\\\ \\t]*)$`,
)
/** Lines of marks are never longer. */
const MAX_MARKS = 200
/** An unfinished link definition. */
const DEFINITION = /^ {0,3}\[(?!\^)[^\]]+\]:[ \t]*(?:\S*|\S+[ \t]+["'(].*)$/
const PERHAPS_CLOSING = /^[ \t>]*(?:`+|~+)$/
const ROW = /^[ \t>]*\|/

/**
 * Returns {text, open}: `open` if the formula at the end is incomplete. `inTable`: every line is a row.
 * @param {string} text
 */
export function stablePreview(text, { inTable = false } = {}) {
  const lineStart = text.lastIndexOf("\n") + 1
  const line = text.slice(lineStart)
  const { start, within, begins } = findLastParagraph(text)
  if (within === "code") return { text: PERHAPS_CLOSING.test(line) ? text.slice(0, lineStart) : text, open: false }
  const waits = (line.length <= MAX_MARKS && ONLY_MARKS.test(line)) || OPENING_FENCE.test(line) || DEFINITION.test(line)
  const certain = waits ? text.slice(0, lineStart) : text
  const shown = inTable || within === "formula" ? certain : dropHalfTable(certain)
  const from = inTable || (begins && shown.length > lineStart) ? lineStart : start
  const { text: end, open } = closeOpenMarks(shown.slice(from))
  return { text: shown.slice(0, from) + end, open }
}

/** Hide the first line of a table until the second shows that it is one. */
function dropHalfTable(text) {
  const lines = text.split("\n")
  const ended = lines.at(-1) === ""
  if (ended) lines.pop()
  let first = lines.length
  while (first > 0 && ROW.test(lines[first - 1])) first -= 1
  const rows = lines.length - first
  const half = rows === 1 || (rows === 2 && !ended)
  return half
    ? lines
        .slice(0, first)
        .map((line) => `${line}\n`)
        .join("")
    : text
}
