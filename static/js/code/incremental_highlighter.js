/** @import { PaintedLine } from "./highlight_client.js" */
/** @import { Highlight } from "./highlight_js.js" */
/** @import { Token } from "./line_emitter.js" */

/** The code is highlighted again when it has grown by this share, or after a rest that keeps the worker mostly idle. */
const SHARE = 1 / 8
const REST = 10
const MAX_TOKENS = 1000
/** Longer lines stay plain: they are generated, and expensive to lay out. */
const MAX_CHARACTERS = 5000

/** Highlights a growing block, whole lines only. The total cost is a few times that of highlighting once. */
export class IncrementalHighlighter {
  #highlight
  #now
  #text = ""
  #whole = 0
  #read = 0
  #restedAt = 0
  /**
   * The look of each line sent so far, by kinds and lengths; "" is plain.
   * @type {string[]}
   */
  #given = []

  /** @param {{ highlight: Highlight, now?: () => number }} parts */
  constructor({ highlight, now = () => performance.now() }) {
    this.#highlight = highlight
    this.#now = now
  }

  /** @param {string} text */
  add(text) {
    this.#text += text
    const newline = text.lastIndexOf("\n")
    if (newline >= 0) this.#whole = this.#text.length - text.length + newline + 1
  }

  /** The delay until the next pass: 0 for now, Infinity without a new line. */
  get wait() {
    if (this.#whole === this.#read) return Infinity
    if (this.#whole - this.#read >= this.#read * SHARE) return 0
    return Math.max(0, this.#restedAt - this.#now())
  }

  /** Highlight, including the last line if `all`; returns the changed lines in lists. */
  read({ all = false } = {}) {
    const end = all ? this.#text.length : this.#whole
    const startedAt = this.#now()
    const lines = this.#highlight(this.#text.slice(0, end))
    const endedAt = this.#now()
    this.#restedAt = endedAt + REST * (endedAt - startedAt)
    this.#read = end
    return splitByTokens(this.#changed(lines))
  }

  /** @param {Token[][]} lines */
  #changed(lines) {
    /** @type {PaintedLine[]} */
    const changed = []
    for (const [n, tokens] of lines.entries()) {
      const look = lookOf(tokens)
      if (look !== (this.#given[n] ?? "")) changed.push([n, tokens])
      this.#given[n] = look
    }
    return changed
  }
}

/** @param {Token[]} tokens */
function lookOf(tokens) {
  const length = tokens.reduce((sum, [, text]) => sum + text.length, 0)
  const isPlain = length > MAX_CHARACTERS || tokens.every(([kind]) => kind === "")
  return isPlain ? "" : tokens.map(([kind, text]) => kind + text.length).join()
}

/**
 * Small enough that handling one does not block the page.
 * @param {PaintedLine[]} changed
 */
function splitByTokens(changed) {
  /** @type {PaintedLine[][]} */
  const parts = []
  let size = MAX_TOKENS
  for (const one of changed) {
    if (size >= MAX_TOKENS) {
      parts.push([])
      size = 0
    }
    parts.at(-1).push(one)
    size += one[1].length
  }
  return parts
}
