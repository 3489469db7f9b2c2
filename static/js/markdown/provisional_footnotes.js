const REFERENCE = /^\[\^([^\s\]]{1,40})\]/

/** References to footnotes that are not written yet: `[^1]` looks as it will once its note is there. */
export function provisionalFootnotes(md) {
  md.inline.ruler.before("link", "provisional_footnote", (state, silent) => {
    if (state.src.charCodeAt(state.pos) !== 0x5b) return false
    const match = REFERENCE.exec(state.src.slice(state.pos, state.pos + 50))
    if (!match) return false
    if (!silent) state.push("provisional_footnote", "", 0).content = match[1]
    state.pos += match[0].length
    return true
  })
}
