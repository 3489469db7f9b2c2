/** Blocks that hold Markdown: models write other blocks into them with fences of the same length. */
const MARKDOWN = /^(?:markdown|md|mdx)$/i
/** Deeper nesting is a mistake or an attack. */
const DEEPEST = 3
/** A fence that opens a block, also the first of an item; the info of one of backticks holds none. */
const OPENING = /^( {0,3}(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*)(?:(`{3,})([^`]*)|(~{3,})(.*))$/

/**
 * Finds the end of a block of code, line by line. The rules are CommonMark's, but within a block of Markdown a fence with
 * an info string or in an item opens an inner block, and so does a bare one that is directly followed by text; a bare
 * one that is not closes the block. The cases are in tests/cases/fences.json.
 */
export class FenceReader {
  #mark
  #length
  #closing
  #nests
  #depth
  /**
   * The open inner block; `doubtful` if its fence may have been meant to close this one.
   * @type {{ reader: FenceReader, at: number, doubtful: boolean } | null}
   */
  #inner = null
  /** The number of the last line; the opening fence is 0. */
  #at = 0
  /** The lines that closed the first and the last inner block. */
  #firstClose = null
  #lastClose = null
  #isEmpty = true
  #beginsWithFence = false
  /**
   * The number of the line that closes the block, once it is known; it may be an earlier one than the last.
   * @type {number | null}
   */
  end = null

  /**
   * @param {string} fence
   * @param {string} info
   */
  constructor(fence, info, depth = 0) {
    this.#depth = depth
    this.#mark = fence[0]
    this.#length = fence.length
    this.#closing = new RegExp(`^ {0,3}${this.#mark}{${this.#length},}[ \\t]*$`)
    this.#nests = depth < DEEPEST && MARKDOWN.test(info.trim().split(/\s/, 1)[0])
  }

  /** Whether the line after this one decides what it means. */
  needsNext(line) {
    return this.#nests && this.#closing.test(line)
  }

  /**
   * Read the next line; `next` is the one after it, "" at the end.
   * @param {string} line
   * @param {string} next
   */
  read(line, next) {
    this.#at += 1
    const inner = this.#inner
    if (!inner) this.#readOwn(line, next)
    // Nothing names a language within a block that names none: this one was over.
    else if (inner.doubtful && this.#opens(line)?.isCertain) this.end = inner.at
    else {
      inner.reader.read(line, next)
      if (inner.reader.end !== null) {
        this.#closeInner(inner)
        // The line that showed it is none of the inner block.
        if (inner.reader.isPast) this.#readOwn(line, next)
      }
    }
    if (line.trim() !== "") this.#isEmpty = false
  }

  /** Whether an earlier line than the last one read has closed the block. */
  get isPast() {
    return this.end !== null && this.end < this.#at
  }

  /**
   * Where a block ends that was not closed: at the last fence that closed an inner block, since that one may have been
   * meant for both; null if it goes on to the end of the text.
   */
  get unclosedEnd() {
    if (this.#inner?.doubtful) return this.#inner.at
    // The example of a block, for which its author wrote one fence too few.
    if (this.#beginsWithFence && this.#firstClose !== null) return this.#firstClose
    return this.#inner ? null : this.#lastClose
  }

  #readOwn(line, next) {
    if (this.#closing.test(line) && (!this.#nests || next.trim() === "" || this.#closing.test(next))) {
      this.end = this.#at
      return
    }
    const opening = this.#nests && this.#opens(line)
    if (!opening) return
    const { fence, info, isCertain } = opening
    this.#inner = { reader: new FenceReader(fence, info, this.#depth + 1), at: this.#at, doubtful: !isCertain }
    if (this.#isEmpty && isCertain) this.#beginsWithFence = true
  }

  #closeInner({ reader, at }) {
    this.#inner = null
    this.#lastClose = at + reader.end
    this.#firstClose ??= this.#lastClose
  }

  /** The fence of an inner block; a shorter one cannot be confused with this block's. */
  #opens(line) {
    const [, before, ticks, name, tildes, other] = OPENING.exec(line) ?? []
    const fence = ticks ?? tildes ?? ""
    if (fence[0] !== this.#mark || fence.length < this.#length) return null
    const info = name ?? other
    return { fence, info, isCertain: info.trim() !== "" || before.trim() !== "" }
  }
}
