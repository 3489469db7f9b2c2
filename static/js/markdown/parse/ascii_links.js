const BEYOND_ASCII = /[^\x00-\x7f]+/g
const NAMED = /^(?:[a-z][a-z0-9+.-]*:|www\.)/i

/**
 * A bare link ends at the first non-ASCII character, so that it excludes Korean particles (`https://example.com입니다`).
 * As on GitHub, it needs a protocol or www.: `main.py` is a file, not a site in Paraguay.
 * @param {Markdown.Parser} md
 */
export function asciiLinks(md) {
  const { linkify } = md
  const test = linkify.test.bind(linkify)
  const match = linkify.match.bind(linkify)
  const matchAtStart = linkify.matchAtStart.bind(linkify)

  linkify.set({ fuzzyLink: true })
  linkify.test = (text) => asciiRuns(text).some(({ run }) => test(run))
  linkify.match = (text) => {
    const found = asciiRuns(text).flatMap(({ index, run }) => (match(run) ?? []).map((link) => moveBy(link, index)))
    // Never null: `test` has accepted more than is linked.
    return found.filter(({ schema, raw }) => schema || NAMED.test(raw))
  }
  linkify.matchAtStart = (text) => matchAtStart(text.slice(0, asciiRuns(text, 1)[0]?.run.length ?? 0))
}

/**
 * The ASCII runs of a text with their positions; at most `limit`.
 * @param {string} text
 */
function asciiRuns(text, limit = Infinity) {
  const found = []
  let index = 0
  for (const gap of text.matchAll(BEYOND_ASCII)) {
    found.push({ index, run: text.slice(index, gap.index) })
    index = gap.index + gap[0].length
    if (found.length >= limit) return found
  }
  found.push({ index, run: text.slice(index) })
  return found
}

/**
 * @param {Markdown.Link} link
 * @param {number} by
 */
function moveBy(link, by) {
  link.index += by
  link.lastIndex += by
  return link
}
