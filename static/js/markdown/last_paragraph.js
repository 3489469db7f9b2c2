/** What stands before the first word of an item in an item. */
export const BULLETS = /(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*/.source
export const OPENING_FENCE = new RegExp(`^[ \\t>]*${BULLETS}(\`{3,}(?=[^\`]*$)|~{3,})`)
export const ITEM = /^[ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]/
const CLOSING_FENCE = /^[ \t>]*(`{3,}|~{3,})[ \t]*$/
const OPENING_FORMULA = new RegExp(`^[ \\t>]*${BULLETS}(\\$\\$|\\\\\\[)[ \\t]*$`)
const CLOSING_FORMULA = { "$$": "$$", "\\[": "\\]" }
const BLANK = /^[ \t>]*$/

/**
 * Where the last paragraph begins in a text of whole lines, be it that of an item or a quote, or a formula on lines of
 * its own: marks do not reach beyond. `within` is "code" where the text ends in fenced code, or "formula".
 */
export function lastParagraph(text) {
  let start = 0
  let at = 0
  let code = null
  let formula = null
  for (const line of text.split("\n").slice(0, -1)) {
    const next = at + line.length + 1
    if (code) {
      if (CLOSING_FENCE.exec(line)?.[1].startsWith(code)) [code, start] = [null, next]
    } else if (formula) {
      if (line.includes(formula)) formula = null
    } else {
      code = OPENING_FENCE.exec(line)?.[1] ?? null
      formula = CLOSING_FORMULA[OPENING_FORMULA.exec(line)?.[1]] ?? null
      if (BLANK.test(line)) start = next
      else if (formula || ITEM.test(line)) start = at
    }
    at = next
  }
  return { start, within: code ? "code" : formula ? "formula" : "" }
}
