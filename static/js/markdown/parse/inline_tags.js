const BREAK = /<br ?\/?>/iy
/** Without nested tags or code, so that one regular expression suffices. */
const PAIR = /<(sub|sup|kbd|u)>([^<`]{1,200})<\/\1>/iy

/** An opening tag that is not closed yet. */
export const OPEN_TAG = /<(?:sub|sup|kbd|u)>(?=[^<`]{0,200}$)/i
/** The beginning of a tag. */
export const HALF_TAG = /<(?:b|br ?\/?|\/?(?:su?|su[bp]|kb?|kbd|u)?)?$/i

/**
 * Allows a few tags without attributes: `<br>`, the only line break in a table, and pairs of `<sub>`, `<sup>`, `<kbd>`
 * and `<u>`. All other markup stays text.
 * @param {Markdown.Parser} md
 */
export function inlineTags(md) {
  md.inline.ruler.before("html_inline", "inline_tags", (state, silent) => {
    return state.src.charCodeAt(state.pos) === 0x3c && (parseLineBreak(state, silent) || parsePair(state, silent))
  })
}

/** @type {Markdown.InlineRule} */
function parseLineBreak(state, silent) {
  const found = matchAt(BREAK, state)
  if (!found) return false
  if (!silent) state.push("hardbreak", "br", 0)
  state.pos += found[0].length
  return true
}

/** @type {Markdown.InlineRule} */
function parsePair(state, silent) {
  const found = matchAt(PAIR, state)
  if (!found) return false
  const end = state.pos + found[0].length
  if (!silent) pushNested(state, found[1].toLowerCase(), found[2])
  state.pos = end
  return true
}

/**
 * @param {Markdown.InlineState} state
 * @param {string} tag
 * @param {string} content
 */
function pushNested(state, tag, content) {
  const { posMax } = state
  state.pos += tag.length + 2
  state.posMax = state.pos + content.length
  state.push(`${tag}_open`, tag, 1)
  state.md.inline.tokenize(state)
  state.push(`${tag}_close`, tag, -1)
  state.posMax = posMax
}

/**
 * Match at the parser's position, within its limit.
 * @param {RegExp} pattern
 * @param {Markdown.InlineState} state
 */
function matchAt(pattern, { src, pos, posMax }) {
  pattern.lastIndex = pos
  const found = pattern.exec(src)
  return found && pos + found[0].length <= posMax ? found : null
}
