import { OPENING_MARK } from "../../math/environments.js"
import { FenceReader } from "../parse/fence_reader.js"

/** The bullets before the first word of nested items. */
export const BULLETS = /(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*/.source
export const OPENING_FENCE = new RegExp(`^[ \\t>]*${BULLETS}(\`{3,}(?=[^\`]*$)|~{3,})(.*)`)
/** Where the lines of an item or quote begin, whatever it is in. */
const INDENT = /^[ \t>]*/
const OPENING_FORMULA = new RegExp(`^[ \\t>]*${BULLETS}(?:(\\$\\$|\\\\\\[)[ \\t]*$|(${OPENING_MARK.source}))`)
const BLANK = /^[ \t>]*$/
const ITEM = /^[ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]/
const NOTE = /^[ \t>]*\[\^[^\s\]]{1,40}\]:/
const HEADING = /^[ \t>]*#{1,6}[ \t]/

/**
 * Find where the last paragraph begins, also within an item, a quote or a block formula: marks do not reach beyond it.
 * The unfinished last line counts apart: `begins` says whether it begins another paragraph. `within` is "code" in a
 * fence, or "formula".
 * @param {string} text
 */
export function findLastParagraph(text) {
  const lines = text.split("\n")
  const last = lines.pop()
  let start = 0
  let at = 0
  let before = ""
  let code = null
  let formula = null
  for (const [n, line] of lines.entries()) {
    const next = at + line.length + 1
    if (code) {
      code.read(line.replace(INDENT, ""), (lines[n + 1] ?? last).replace(INDENT, ""))
      if (code.end !== null) [code, start] = [null, next]
    } else if (formula) {
      if (line.includes(formula)) formula = null
    } else {
      const fence = OPENING_FENCE.exec(line)
      code = fence && new FenceReader(fence[1], fence[2])
      formula = openFormula(line)
      if (BLANK.test(line) || HEADING.test(line)) start = next
      else if (formula || begins(line, before)) start = at
    }
    at = next
    before = line
  }
  const within = code ? "code" : formula ? "formula" : ""
  return { start, within, begins: within === "" && begins(last, before) }
}

/** The closing mark of the block formula that a line opens; null if none stays open. */
function openFormula(line) {
  const [, mark, environment] = OPENING_FORMULA.exec(line) ?? []
  if (mark) return mark === "$$" ? mark : "\\]"
  const closing = environment?.replace("begin", "end")
  return closing && !line.includes(closing) ? closing : null
}

/** Whether a line begins a new paragraph after another line. */
function begins(line, before) {
  return ITEM.test(line) || HEADING.test(line) || NOTE.test(line) || quotes(line) > quotes(before)
}

/** The quote depth of a line. */
function quotes(line) {
  return /^[ \t>]*/.exec(line)[0].replace(/[ \t]/g, "").length
}
