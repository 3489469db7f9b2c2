/** How many lines of a folded question are shown; a few more are not worth folding. */
export const FOLDED_LINES = 12
const LONGEST_LINES = 18

const LINE_CHARACTERS = 44

/**
 * Whether a question is folded.
 * @param {string} text
 */
export function isLong(text) {
  return countLines(text, LONGEST_LINES + 1) > LONGEST_LINES
}

/**
 * The estimated number of lines on the screen; counting ends at `most`.
 * @param {string} text
 */
export function countLines(text, most = Infinity) {
  let lines = 0
  for (let from = 0; from <= text.length && lines <= most; ) {
    const end = text.indexOf("\n", from)
    const to = end < 0 ? text.length : end
    lines += Math.max(0.6, Math.ceil(widthOf(text, from, to) / LINE_CHARACTERS))
    from = to + 1
  }
  return lines
}

/** The width in em: Hangul is twice as wide as Latin. */
function widthOf(text, from, to) {
  let width = 0
  for (let at = from; at < to; at += 1) width += text.charCodeAt(at) < 0x1100 ? 0.5 : 0.92
  return width
}
