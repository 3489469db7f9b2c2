import { FenceReader } from "./fence_reader.js"

/** Each is read to the end of the text. */
const MAX_UNCLOSED = 20
/**
 * The number of blocks that are not closed, by parser state.
 * @type {WeakMap<object, number>}
 */
const unclosed = new WeakMap()
const OPENING = /^(`{3,})([^`]*)$|^(~{3,})(.*)$/

/**
 * Fenced code whose end a FenceReader finds, in place of the rule of CommonMark. While a text is `growing`, a block that
 * is not closed goes on.
 * @param {Markdown.Parser} md
 */
export function markdownFences(md, { growing = false } = {}) {
  md.block.ruler.at(
    "fence",
    (state, startLine, endLine, silent) => {
      const start = state.bMarks[startLine] + state.tShift[startLine]
      const opening = state.sCount[startLine] - state.blkIndent < 4 && openingAt(state, start, state.eMarks[startLine])
      if (!opening) return false
      if (silent) return true
      const { end, rest } = findEnd(state, startLine, endLine, opening, growing)
      const token = state.push("fence", "code", 0)
      token.info = opening.info
      token.markup = opening.fence
      token.content = state.getLines(startLine + 1, end, state.sCount[startLine], true)
      token.map = [startLine, rest]
      state.line = rest
      return true
    },
    { alt: ["paragraph", "reference", "blockquote", "list"] },
  )
}

/**
 * @param {Markdown.BlockState} state
 * @param {number} start
 * @param {number} end
 */
function openingAt({ src }, start, end) {
  if (!src.startsWith("```", start) && !src.startsWith("~~~", start)) return null
  const [, ticks, name, tildes, other] = OPENING.exec(src.slice(start, end)) ?? []
  return (ticks ?? tildes) ? { fence: ticks ?? tildes, info: name ?? other } : null
}

/**
 * The lines where the content ends and where the rest begins.
 * @param {Markdown.BlockState} state
 * @param {number} startLine
 * @param {number} endLine
 * @param {{ fence: string, info: string }} opening
 * @param {boolean} growing
 */
function findEnd(state, startLine, endLine, { fence, info }, growing) {
  const reader = new FenceReader(fence, (unclosed.get(state) ?? 0) < MAX_UNCLOSED ? info : "")
  const holds = (line) => line < endLine && (state.isEmpty(line) || state.sCount[line] >= state.blkIndent)
  let line = startLine + 1
  for (; holds(line) && reader.end === null; line += 1)
    reader.read(textOf(state, line), holds(line + 1) ? textOf(state, line + 1) : "")
  const at = reader.end ?? (growing ? null : reader.unclosedEnd)
  if (reader.end === null) unclosed.set(state, (unclosed.get(state) ?? 0) + 1)
  return at === null ? { end: line, rest: line } : { end: startLine + at, rest: startLine + at + 1 }
}

/** A line with the indentation that counts. */
function textOf(state, line) {
  const indent = Math.max(0, Math.min(4, state.sCount[line] - state.blkIndent))
  return " ".repeat(indent) + state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line])
}
