const REFERENCE = /^\[\^([^\s\]]{1,40})\]/
const NOTE = /^\[\^[^\s\]]{1,40}\]:/

/**
 * References to footnotes that are not written yet look like final ones.
 * @param {Markdown.Parser} md
 */
export function provisionalFootnotes(md) {
  md.inline.ruler.before("link", "provisional_footnote", parseReference)
  md.block.ruler.before("reference", "provisional_note", parseNote, { alt: ["paragraph", "reference"] })
}

/** @type {Markdown.InlineRule} */
function parseReference(state, silent) {
  if (state.src.charCodeAt(state.pos) !== 0x5b) return false
  const match = REFERENCE.exec(state.src.slice(state.pos, state.pos + 50))
  if (!match) return false
  if (!silent) state.push("provisional_footnote", "", 0).content = match[1]
  state.pos += match[0].length
  return true
}

/**
 * A note is a paragraph for now. CommonMark would read `[^1]: https://example.com` as a link definition.
 * @type {Markdown.BlockRule}
 */
function parseNote(state, startLine, endLine, silent) {
  const start = state.bMarks[startLine] + state.tShift[startLine]
  if (!NOTE.test(state.src.slice(start, start + 50))) return false
  // The last rule is that of paragraphs.
  return silent || state.md.block.ruler.getRules("").at(-1)(state, startLine, endLine, false)
}
