/** What stands before the first word of an item in an item. */
export const BULLETS = /(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*/.source
export const OPENING_FENCE = new RegExp(`^[ \\t>]*${BULLETS}(\`{3,}(?=[^\`]*$)|~{3,})`)
const CLOSING_FENCE = /^[ \t>]*(`{3,}|~{3,})[ \t]*$/
const OPENING_FORMULA = new RegExp(`^[ \\t>]*${BULLETS}(\\$\\$|\\\\\\[)[ \\t]*$`)
const CLOSING_FORMULA = { "$$": "$$", "\\[": "\\]" }
const BLANK = /^[ \t>]*$/
const ITEM = /^[ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]/
const NOTE = /^[ \t>]*\[\^[^\s\]]{1,40}\]:/
const HEADING = /^[ \t>]*#{1,6}[ \t]/

/**
 * Where the last paragraph of a text begins, be it that of an item or a quote, or a formula on lines of its own: marks
 * do not reach beyond. The last line, which is still being written, counts apart: `begins` says that it begins another.
 * `within` is "code" where it stands in fenced code, or "formula".
 */
export function findLastParagraph(text) {
  const lines = text.split("\n")
  const last = lines.pop()
  let start = 0
  let at = 0
  let before = ""
  let code = null
  let formula = null
  for (const line of lines) {
    const next = at + line.length + 1
    if (code) {
      if (CLOSING_FENCE.exec(line)?.[1].startsWith(code)) [code, start] = [null, next]
    } else if (formula) {
      if (line.includes(formula)) formula = null
    } else {
      code = OPENING_FENCE.exec(line)?.[1] ?? null
      formula = CLOSING_FORMULA[OPENING_FORMULA.exec(line)?.[1]] ?? null
      if (BLANK.test(line) || HEADING.test(line)) start = next
      else if (formula || begins(line, before)) start = at
    }
    at = next
    before = line
  }
  const within = code ? "code" : formula ? "formula" : ""
  return { start, within, begins: within === "" && begins(last, before) }
}

/** Whether a line begins a paragraph of its own behind another line. */
function begins(line, before) {
  return ITEM.test(line) || HEADING.test(line) || NOTE.test(line) || quotes(line) > quotes(before)
}

/** In how many quotes a line stands. */
function quotes(line) { return /^[ \t>]*/.exec(line)[0].replace(/[ \t]/g, "").length }
