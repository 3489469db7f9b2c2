import { continueAfter } from "./markdown_math.js"

/** The environments that KaTeX knows; models write them without dollars around. */
const NAMES =
  "(?:align(?:ed|at|edat)?|gather(?:ed)?|equation|split|CD|[dr]{0,2}cases|d?array|(?:small|[pbBvV])?matrix)\\*?"
const OPENING = new RegExp(`\\\\begin\\{(${NAMES})\\}`, "y")
/** What begins one, and what begins or ends one. */
export const OPENING_MARK = new RegExp(`\\\\begin\\{${NAMES}\\}`)
export const ENVIRONMENT_MARK = new RegExp(`\\\\(?:begin|end)\\{${NAMES}\\}`)
/** The beginning of such a mark. */
export const HALF_MARK =
  /(?<!\\)\\(?:b(?:e(?:g(?:i(?:n(?:\{[a-zA-Z]{0,12}\*?)?)?)?)?)?|e(?:n(?:d(?:\{[a-zA-Z]{0,12}\*?)?)?)?)$/
/** Those that stand on lines of their own. */
const ON_LINES = /^(?:align|alignat|gather|equation|CD)\*?$/
/** Words about the marks: `\begin{align} and \end{align}`. */
const PROSE = /^(?=[^]*\p{L}{2})[\p{L}\s.,:;()-]*$/u

/**
 * Positions after which a closing mark is known not to occur, by parser state.
 * @type {WeakMap<object, Record<string, number>>}
 */
const barren = new WeakMap()

/**
 * Bare environments of TeX, `\begin{align}…\end{align}`: a formula where one begins a line or stands in a paragraph.
 * @param {Markdown.Parser} md
 */
export function environments(md) {
  md.inline.ruler.before("escape", "environment", parseInline)
  md.block.ruler.before("fence", "environment", parseBlock, { alt: ["paragraph", "reference", "blockquote", "list"] })
}

/** @type {Markdown.InlineRule} */
function parseInline(state, silent) {
  const { src, pos, posMax } = state
  const name = nameAt(src, pos)
  if (!name || pos > (barren.get(state)?.[name] ?? Infinity)) return false
  const end = findEnd(src.slice(0, posMax), name, pos)
  if (end < 0) barren.set(state, { ...barren.get(state), [name]: pos })
  const content = src.slice(pos, end)
  if (end < 0 || isProse(content, name)) return false
  const type = ON_LINES.test(name) ? "math_inline_display" : "math_inline"
  if (!silent) state.push(type, "math", 0).content = content
  state.pos = end
  return true
}

/**
 * Ends with its mark, also behind blank lines; an unfinished one at the end of the text or of the block around it, if
 * there is no blank line in it.
 * @type {Markdown.BlockRule}
 */
function parseBlock(state, startLine, endLine, silent) {
  const start = state.bMarks[startLine] + state.tShift[startLine]
  const name = nameAt(state.src, start)
  if (!name || state.sCount[startLine] - state.blkIndent >= 4) return false
  const found = findLine(state, startLine, endLine, name)
  if (!found) return false
  const { line, at, after, isClosed } = found
  const content = contentOf(state, startLine, line, at)
  // The rule of paragraphs reads what goes on in the same line.
  if (isClosed && line === startLine && (after !== null || isProse(content, name))) return false
  if (silent) return true
  const token = state.push("math_block", "math", 0)
  Object.assign(token, { block: true, content, map: [startLine, line + (after === null ? 1 : 0)] })
  continueAfter(state, { line, after })
  return true
}

/**
 * Where the environment ends: the line, the offset, and that of the text behind it, null if there is none.
 * @param {Markdown.BlockState} state
 * @param {number} startLine
 * @param {number} endLine
 * @param {string} name
 */
function findLine(state, startLine, endLine, name) {
  const { src, bMarks, tShift, eMarks, sCount, blkIndent } = state
  if (startLine >= (barren.get(state)?.[name] ?? Infinity)) return null
  const marks = marksOf(name)
  let [depth, blank, line] = [0, false, startLine]
  for (; line < endLine; line += 1) {
    if (state.isEmpty(line)) blank = true
    else if (line > startLine && sCount[line] < blkIndent) break
    const begin = bMarks[line] + tShift[line]
    for (const { 0: mark, index } of src.slice(begin, eMarks[line]).matchAll(marks)) {
      depth += mark[1] === "b" ? 1 : -1
      if (depth > 0) continue
      const at = begin + index + mark.length
      const rest = src.slice(at, eMarks[line])
      return { line, at, isClosed: true, after: rest.trim() === "" ? null : at + rest.length - rest.trimStart().length }
    }
  }
  if (!blank) return { line: line - 1, at: eMarks[line - 1], isClosed: false, after: null }
  if (line === endLine && blkIndent === 0) barren.set(state, { ...barren.get(state), [name]: startLine })
  return null
}

/**
 * @param {Markdown.BlockState} state
 * @param {number} startLine
 * @param {number} line
 * @param {number} at
 */
function contentOf(state, startLine, line, at) {
  const { src, bMarks, tShift, eMarks } = state
  const start = bMarks[startLine] + tShift[startLine]
  if (line === startLine) return src.slice(start, at).trim()
  const between = state.getLines(startLine + 1, line, state.blkIndent, true)
  return `${src.slice(start, eMarks[startLine])}\n${between}${src.slice(bMarks[line] + tShift[line], at)}`.trim()
}

/** The name of the environment that begins at an offset; undefined if there is none. */
function nameAt(text, at) {
  OPENING.lastIndex = at
  return OPENING.exec(text)?.[1]
}

/**
 * Where an environment ends in a text; -1 if it does not.
 * @param {string} text
 * @param {string} name
 * @param {number} from
 */
function findEnd(text, name, from) {
  const marks = marksOf(name)
  marks.lastIndex = from
  let depth = 0
  for (let mark = marks.exec(text); mark; mark = marks.exec(text)) {
    depth += mark[0][1] === "b" ? 1 : -1
    if (depth === 0) return marks.lastIndex
  }
  return -1
}

/** @param {string} name */
function marksOf(name) {
  return new RegExp(`\\\\(?:begin|end)\\{${name.replace("*", "\\*")}\\}`, "g")
}

function isProse(content, name) {
  return PROSE.test(content.replaceAll(marksOf(name), ""))
}
