/** The code is read again when it has grown by this share, or when as much rest is over as keeps the worker mostly idle. */
const SHARE = 1 / 8
const REST = 10
const MOST_TOKENS = 1000
/** A longer line stays plain: nobody wrote it, and its colours would be laid out all at once. */
const MOST_CHARACTERS = 5000

/**
 * The highlighting of one block of code while it grows. Only whole lines are read. Work is by the growth: all of it
 * together costs a few times one reading of the whole.
 */
export class IncrementalHighlighter {
  #highlight
  #now
  #text = ""
  #whole = 0
  #read = 0
  #restedAt = 0
  /** How each line looks that was given out, by kinds and lengths; "" is plain. */
  #given = []

  /** `highlight` makes lines of [kind, text] from a text. */
  constructor({ highlight, now = () => performance.now() }) {
    this.#highlight = highlight
    this.#now = now
  }

  add(text) {
    this.#text += text
    const newline = text.lastIndexOf("\n")
    if (newline >= 0) this.#whole = this.#text.length - text.length + newline + 1
  }

  /** How long to wait until it is worth reading again: 0 for now, Infinity while there is no new line. */
  get wait() {
    if (this.#whole === this.#read) return Infinity
    if (this.#whole - this.#read >= this.#read * SHARE) return 0
    return Math.max(0, this.#restedAt - this.#now())
  }

  /** Read what is there, with its last line where it is `all`; return what changed as lists of [line, tokens]. */
  read({ all = false } = {}) {
    const end = all ? this.#text.length : this.#whole
    const startedAt = this.#now()
    const lines = this.#highlight(this.#text.slice(0, end))
    const endedAt = this.#now()
    this.#restedAt = endedAt + REST * (endedAt - startedAt)
    this.#read = end
    return splitByTokens(this.#changed(lines))
  }

  #changed(lines) {
    const changed = []
    for (const [n, tokens] of lines.entries()) {
      const look = lookOf(tokens)
      if (look !== (this.#given[n] ?? "")) changed.push([n, tokens])
      this.#given[n] = look
    }
    return changed
  }
}

function lookOf(tokens) {
  const length = tokens.reduce((sum, [, text]) => sum + text.length, 0)
  const isPlain = length > MOST_CHARACTERS || tokens.every(([kind]) => kind === "")
  return isPlain ? "" : tokens.map(([kind, text]) => kind + text.length).join()
}

/** No part is so large that taking it holds a page up. */
function splitByTokens(changed) {
  const parts = []
  let size = MOST_TOKENS
  for (const one of changed) {
    if (size >= MOST_TOKENS) {
      parts.push([])
      size = 0
    }
    parts.at(-1).push(one)
    size += one[1].length
  }
  return parts
}
