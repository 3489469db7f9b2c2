import { endOfFormula } from "../../math/markdown_math.js"

const FIRST = "|:-"
const DELIMITERS = /^[|:-][|: \t-]*$/
/** Stands for a pipe, as long as it is: the parser has replaced all others. */
const HIDDEN = "\0"
/** The beginning of code or a formula, or an escaped character. */
const MARK = /`+|\$|\\[^]/g
const PIPE = /\|/g
/** As the parser of tables sees it: a backslash escapes, whatever is before it. */
const OPEN_PIPE = /(?<!\\)\|/g
const ESCAPED_PIPE = /\\\|/g
/** An absolute value, where two escaped bars would be a norm otherwise. */
const ABSOLUTE = /\\(?:ln|log)\s*\\\|/

/**
 * Pipes within code and formulas do not separate the cells of a table: models do not escape them. Where only GitHub's
 * reading gives a row as many cells as the table has columns, that one counts, once the row is complete in a `growing`
 * text. The first plugin, as it wraps the rule.
 * @param {Markdown.Parser} md
 */
export function tablePipes(md, { growing = false } = {}) {
  const [parseTable] = md.block.ruler.getRules("")
  /** @type {Markdown.BlockRule} */
  const parse = (state, startLine, endLine, silent) => {
    const columns = startLine + 1 < endLine ? columnsOf(state, startLine + 1) : 0
    if (columns === 0) return false
    const { src, tokens } = state
    const from = tokens.length
    const changed = hideInRows(state, startLine, silent ? startLine + 1 : endLine, { columns, growing })
    if (changed === null) return parseTable(state, startLine, endLine, silent)
    state.src = changed
    const isTable = parseTable(state, startLine, endLine, silent)
    state.src = src
    for (const token of tokens.slice(from)) token.content = token.content.replaceAll(HIDDEN, "|")
    return isTable
  }
  md.block.ruler.at("table", parse, { alt: ["paragraph", "reference"] })
}

/** The number of columns that a line of dashes declares; 0 if it is none. */
function columnsOf(state, line) {
  if (!FIRST.includes(state.src[state.bMarks[line] + state.tShift[line]])) return 0
  const row = rowAt(state, line)
  return DELIMITERS.test(row) ? (row.match(/-+/g) ?? []).length : 0
}

/**
 * The source with hidden pipes; null if there are none to hide.
 * @param {Markdown.BlockState} state
 * @param {number} startLine
 * @param {number} endLine
 * @param {{ columns: number, growing: boolean }} table
 */
function hideInRows(state, startLine, endLine, { columns, growing }) {
  const { src, bMarks, tShift, eMarks } = state
  let written = ""
  let at = 0
  for (let line = startLine; line < endLine && !state.isEmpty(line); line += 1) {
    const row = rowAt(state, line)
    const hidden = hidePipes(row, columns, line === startLine || !(growing && eMarks[line] === src.length))
    if (line === startLine && countCells(hidden) !== columns) return null
    if (hidden === row) continue
    written += src.slice(at, bMarks[line] + tShift[line]) + hidden
    at = eMarks[line]
  }
  return at > 0 ? written + src.slice(at) : null
}

/** @param {Markdown.BlockState} state */
function rowAt({ src, bMarks, tShift, eMarks }, line) {
  return src.slice(bMarks[line] + tShift[line], eMarks[line])
}

/**
 * @param {string} row
 * @param {number} columns
 * @param {boolean} isComplete
 */
function hidePipes(row, columns, isComplete) {
  const hidden = hideInSpans(row)
  if (hidden === row || countCells(hidden) === columns) return hidden
  const isWhole = isComplete && (!row.startsWith("|") || row.trimEnd().endsWith("|"))
  return isWhole && countCells(row) === columns ? row : hidden
}

/** @param {string} row */
function countCells(row) {
  const cells = row.trim().replace(ESCAPED_PIPE, "").split("|")
  return cells.length - (cells[0] === "" ? 1 : 0) - (cells.length > 1 && cells.at(-1) === "" ? 1 : 0)
}

/** @param {string} row */
function hideInSpans(row) {
  const state = { src: row, pos: 0, posMax: row.length }
  const missing = new Set()
  let written = ""
  let at = 0
  MARK.lastIndex = 0
  for (let mark = MARK.exec(row); mark; mark = MARK.exec(row)) {
    const { index } = mark
    const isCode = row[index] === "`"
    state.pos = index
    const end = isCode ? endOfCode(row, index, mark[0], missing) : endOfFormula(state)
    MARK.lastIndex = Math.max(end, MARK.lastIndex)
    if (end < 0) continue
    const span = row.slice(index, end)
    written += row.slice(at, index) + span.replace(isCode || hasEscapedBars(span) ? OPEN_PIPE : PIPE, HIDDEN)
    at = end
  }
  return written + row.slice(at)
}

/**
 * Where code ends; -1 if it does not. `missing` holds the lengths of fences that do not occur any more.
 * @param {string} row
 * @param {number} start
 * @param {string} ticks
 * @param {Set<string>} missing
 */
function endOfCode(row, start, ticks, missing) {
  if (missing.has(ticks)) return -1
  const run = /`+/g
  run.lastIndex = start + ticks.length
  for (let found = run.exec(row); found; found = run.exec(row)) if (found[0] === ticks) return run.lastIndex
  missing.add(ticks)
  return -1
}

/** Whether `\|` is a pipe that was escaped for the table, as in `P(A\|B)`, and not the bar of a norm, as in `\|v\|`. */
function hasEscapedBars(tex) {
  return (tex.match(ESCAPED_PIPE) ?? []).length % 2 === 1 || ABSOLUTE.test(tex)
}
