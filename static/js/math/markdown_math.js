import { isBracketedProse, isCitation, isFormula, isParenthesizedProse } from "./formula_rules.js"

const DOLLAR = 0x24
const BACKSLASH = 0x5c
const CLOSING = { $$: "$$", "\\[": "\\]", "\\(": "\\)" }
/**
 * Positions after which a mark is known not to occur, by parser state.
 * @type {WeakMap<object, Record<string, number>>}
 */
const barren = new WeakMap()

/**
 * Formulas for markdown-it: `$…$` and `\(…\)` inline, `$$…$$` and `\[…\]` as display, between blocks or in a paragraph.
 * Tokens: math_inline, math_inline_display, math_block, with the TeX as content.
 * @param {Markdown.Parser} md
 */
export function mathPlugin(md) {
  const { escapeHtml } = md.utils
  const rendered =
    (tag, name, end = "") =>
    (tokens, at) =>
      `<${tag} class="${name}">${escapeHtml(tokens[at].content)}</${tag}>${end}`
  md.inline.ruler.before("escape", "math", parseInline)
  md.block.ruler.before("fence", "math", parseBlock, { alt: ["paragraph", "reference", "blockquote", "list"] })
  Object.assign(md.renderer.rules, {
    math_inline: rendered("span", "math"),
    math_inline_display: rendered("span", "math math--display"),
    math_block: rendered("div", "math math--display", "\n"),
  })
}

/** @type {Markdown.InlineRule} */
function parseInline(state, silent) {
  const code = state.src.charCodeAt(state.pos)
  if (code === DOLLAR)
    return state.src[state.pos + 1] === "$" ? parseDoubleDollar(state, silent) : parseDollar(state, silent)
  if (code !== BACKSLASH) return false
  const mark = state.src.slice(state.pos, state.pos + 2)
  return Object.hasOwn(CLOSING, mark) && parseBracket(state, mark, silent)
}

/**
 * Where the formula at a position ends; -1 if there is none.
 * @param {{ src: string, pos: number, posMax: number }} state
 */
export function endOfFormula(state) {
  return parseInline(/** @type {Markdown.InlineState} */ (state), true) ? state.pos : -1
}

/**
 * `$…$`, unless it is a price.
 * @type {Markdown.InlineRule}
 */
function parseDollar(state, silent) {
  const { src, pos, posMax } = state
  const end = findUnescaped(src, "$", pos + 1)
  if (end < 0 || end >= posMax || src[end + 1] === "$") return false
  const content = src.slice(pos + 1, end)
  if (!isFormula(content, src.slice(Math.max(0, pos - 1), pos), src.slice(end + 1, Math.min(end + 5, posMax))))
    return false
  return pushToken(state, silent, { type: "math_inline", markup: "$", content, end: end + 1 })
}

/**
 * `$$…$$` in a paragraph; dollars that enclose nothing are text.
 * @type {Markdown.InlineRule}
 */
function parseDoubleDollar(state, silent) {
  const { src, pos, posMax } = state
  const end = findOnce(state, "$$", pos + 2)
  const content = end < 0 ? "" : src.slice(pos + 2, end).trim()
  if (end + 2 <= posMax && content !== "" && !content.includes("`") && src[pos + 2] !== "$") {
    return pushToken(state, silent, { type: "math_inline_display", markup: "$$", content, end: end + 2 })
  }
  let after = pos
  while (after < posMax && src.charCodeAt(after) === DOLLAR) after += 1
  if (!silent) state.pending += src.slice(pos, after)
  state.pos = after
  return true
}

/**
 * `\(…\)` and `\[…\]`.
 * @param {Markdown.InlineState} state
 * @param {string} markup
 * @param {boolean} silent
 */
function parseBracket(state, markup, silent) {
  const { src, pos, posMax } = state
  const end = findOnce(state, CLOSING[markup], pos + 2)
  if (end < 0 || end + 2 > posMax) return false
  const content = src.slice(pos + 2, end).trim()
  if (content === "" || content.includes("`")) return false
  // An escaped link is no formula: `\[1\](address)`.
  if (
    markup === "\\["
      ? isBracketedProse(content) || isCitation(content) || src[end + 2] === "("
      : isParenthesizedProse(content)
  )
    return false
  const type = markup === "\\(" ? "math_inline" : "math_inline_display"
  return pushToken(state, silent, { type, markup, content, end: end + 2 })
}

/**
 * @param {Markdown.InlineState} state
 * @param {boolean} silent
 * @param {{ type: string, markup: string, content: string, end: number }} token
 */
function pushToken(state, silent, { type, markup, content, end }) {
  if (!silent) Object.assign(state.push(type, "math", 0), { markup, content })
  state.pos = end
  return true
}

/**
 * The next position of a mark that is not escaped by a backslash; -1 if none.
 * @param {string} text
 * @param {string} mark
 * @param {number} from
 */
export function findUnescaped(text, mark, from, to = text.length) {
  for (let at = from; at < to; at += 1) {
    if (text.startsWith(mark, at)) return at
    if (text.charCodeAt(at) === BACKSLASH) at += 1
  }
  return -1
}

/**
 * As `findUnescaped`, remembering failures so that the search stays linear.
 * @param {Markdown.InlineState} state
 * @param {string} mark
 * @param {number} from
 */
function findOnce(state, mark, from) {
  const seen = barren.get(state) ?? {}
  if (from >= (seen[mark] ?? Infinity)) return -1
  const at = findUnescaped(state.src, mark, from)
  if (at < 0) barren.set(state, { ...seen, [mark]: from })
  return at
}

/**
 * A formula that begins a line. A mark alone on its line opens it up to the closing mark or the end of the surrounding
 * block, like a fence, so that a growing formula is one from its first line. A mark followed by TeX must be closed at
 * the end of a line, before an empty one.
 * @type {Markdown.BlockRule}
 */
function parseBlock(state, startLine, endLine, silent) {
  const start = state.bMarks[startLine] + state.tShift[startLine]
  const mark = state.src.slice(start, start + 2)
  if ((mark !== "$$" && mark !== "\\[") || state.sCount[startLine] - state.blkIndent >= 4) return false
  const first = state.src.slice(start + 2, state.eMarks[startLine])
  const isAlone = first.trim() === ""
  const found = isAlone ? findFenceEnd(state, startLine, endLine, mark) : findLinesEnd(state, startLine, endLine, mark)
  if (!found) return false
  if (silent) return true
  const content = contentOf(state, startLine, found, isAlone ? "" : first)
  const token = state.push("math_block", "math", 0)
  Object.assign(token, {
    block: true,
    markup: mark,
    content,
    map: [startLine, found.line + (found.after === null ? 1 : 0)],
  })
  continueAfter(state, found)
  return true
}

/**
 * The end of a formula with its mark alone: {line, at, after}; `after` if text follows in the line.
 * @param {Markdown.BlockState} state
 * @param {number} startLine
 * @param {number} endLine
 * @param {string} mark
 */
function findFenceEnd(state, startLine, endLine, mark) {
  let line = startLine + 1
  for (; line < endLine; line += 1) {
    const begin = state.bMarks[line] + state.tShift[line]
    if (begin < state.eMarks[line] && state.sCount[line] < state.blkIndent) break
    const at = findUnescaped(state.src, CLOSING[mark], begin, state.eMarks[line])
    if (at < 0) continue
    const rest = state.src.slice(at + 2, state.eMarks[line])
    return { line, at, after: rest.trim() === "" ? null : at + 2 + rest.length - rest.trimStart().length }
  }
  return { line: line - 1, at: state.eMarks[line - 1], after: null }
}

/**
 * The end of a formula with TeX beside its mark; null if it is none.
 * @param {Markdown.BlockState} state
 * @param {number} startLine
 * @param {number} endLine
 * @param {string} mark
 */
function findLinesEnd(state, startLine, endLine, mark) {
  const known = barren.get(state) ?? {}
  if (startLine < (known[mark] ?? 0)) return null
  let line = startLine
  for (; line < endLine && !(line > startLine && endsBlock(state, line)); line += 1) {
    const begin = state.bMarks[line] + state.tShift[line] + (line === startLine ? 2 : 0)
    const at = findUnescaped(state.src, CLOSING[mark], begin, state.eMarks[line])
    if (at < 0) continue
    const isWhole = state.src.slice(at + 2, state.eMarks[line]).trim() === ""
    const content = state.src.slice(state.bMarks[startLine] + state.tShift[startLine] + 2, at)
    if (isWhole && content.trim() !== "" && !isBracketedProse(content)) return { line, at, after: null }
    break
  }
  barren.set(state, { ...known, [mark]: line })
  return null
}

/**
 * @param {Markdown.BlockState} state
 * @param {number} line
 */
function endsBlock(state, line) {
  return state.isEmpty(line) || state.sCount[line] < state.blkIndent
}

/**
 * @param {Markdown.BlockState} state
 * @param {number} startLine
 * @param {{ line: number, at: number }} end
 * @param {string} first
 */
function contentOf(state, startLine, { line, at }, first) {
  if (line === startLine) return state.src.slice(state.bMarks[line] + state.tShift[line] + 2, at).trim()
  const between = state.getLines(startLine + 1, line, state.blkIndent, true)
  const last = state.src.slice(Math.min(state.bMarks[line] + state.tShift[line], at), at)
  return `${first}\n${between}${last}`.trim()
}

/**
 * Text after the closing mark begins a new paragraph.
 * @param {Markdown.BlockState} state
 * @param {{ line: number, after: number | null }} end
 */
export function continueAfter(state, { line, after }) {
  state.line = after === null ? line + 1 : line
  if (after === null) return
  state.bMarks[line] = after
  state.tShift[line] = 0
  state.sCount[line] = state.blkIndent
}
