/** Markdown syntax; the named groups are removed. */
const MARKS = [
  /(?<a>`{3,}[\w+-]*)/dg, // a fence and its language
  /(?<a>`+)/dg,
  /(?<a>!?\[)[^[\]]*(?<b>\]\([^()\s]*\))/dg, // a link, an image
  /(?<a>\*{2,3})/dg,
  /(?<a>~~)/dg,
  /(?<![\w_])(?<a>_{1,3})(?=[^\s_])[^_]*?(?<b>_{1,3})(?![\w_])/dg,
  /(?<![\w*])(?<a>\*)(?=[^\s*])[^*]*?(?<!\s)(?<b>\*)(?![\w*])/dg,
  /(?<=^…?|\s)(?<a>#{1,6}\s+)(?=\S)/dg, // a heading
  /(?<=^…?)(?<a>\s*(?:>\s|[-*+]\s(?:\[[ xX]\]\s)?|\[[ xX]\]\s))/dg, // a quotation, a list
  /(?<a>\|?\s*(?::?-{2,}:?\s*\|\s*)+(?::?-{2,}:?\s?)?)/dg, // the line below a table's head
]

/**
 * The parts of a hit without Markdown syntax, unless it was searched for.
 * @param {Wire.Hit["parts"]} parts
 */
export function stripMarks(parts) {
  const whole = parts.map(({ text }) => text).join("")
  const kept = new Uint8Array(whole.length).fill(1)
  const found = markMatched(parts, whole.length)
  for (const mark of MARKS) {
    for (const { indices } of whole.matchAll(mark)) {
      const ranges = Object.values(indices.groups).filter(Boolean)
      if (ranges.some(([from, to]) => found.subarray(from, to).includes(1))) continue
      for (const [from, to] of ranges) kept.fill(0, from, to)
    }
  }
  return keepCharacters(parts, kept)
}

/**
 * For each character, whether it matched the search.
 * @param {Wire.Hit["parts"]} parts
 * @param {number} length
 */
function markMatched(parts, length) {
  const found = new Uint8Array(length)
  let at = 0
  for (const { text, match } of parts) {
    if (match) found.fill(1, at, at + text.length)
    at += text.length
  }
  return found
}

function keepCharacters(parts, kept) {
  let at = 0
  return parts
    .map(({ text, match }) => {
      const from = at
      at += text.length
      return {
        text: [...Array(text.length).keys()]
          .filter((one) => kept[from + one])
          .map((one) => text[one])
          .join(""),
        match,
      }
    })
    .filter(({ text }) => text !== "")
}
