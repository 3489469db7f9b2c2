import { FenceReader } from "../parse/fence_reader.js"

/** @import { TreeElement } from "../parse/tree.js" */
/** @import { Sink } from "./stream.js" */

const OPENING = /^( {0,3})(`{3,}|~{3,})(.*)/

/** An open fenced code block, read line by line until the closing fence. */
export class OpenFence {
  #indent
  #reader
  #couldClose
  /** How much of the unfinished line is shown. */
  #shown = 0
  #first = true
  closed = false

  /**
   * An OpenFence for a block that begins with this line; null if that is no fence.
   * @param {TreeElement} node
   * @param {string} line
   */
  static of(node, line) {
    const match = OPENING.exec(line)
    return match && (node.special === "code" || node.special === "diagram")
      ? new OpenFence(match[1].length, match[2], match[3])
      : null
  }

  /**
   * @param {number} indent
   * @param {string} fence
   * @param {string} info
   */
  constructor(indent, fence, info) {
    const [mark] = fence
    this.#indent = new RegExp(`^ {0,${indent}}`)
    this.#reader = new FenceReader(fence, info)
    this.#couldClose = new RegExp(`^ {0,3}${mark}*[ \\t]*$`)
  }

  /**
   * Read whole lines up to `end`; the text begins with a line. Returns where the rest begins. What the next line decides
   * waits for it, unless the text is `complete`.
   * @param {string} text
   * @param {number} end
   * @param {Sink} sink
   */
  read(text, end, sink, { complete = false } = {}) {
    let at = 0
    while (at < end) {
      const newline = text.indexOf("\n", at)
      const next = newline < 0 ? text.length : newline + 1
      const line = text.slice(at, newline < 0 ? next : newline)
      const following = lineAt(text, next, end)
      if (following === null && !complete && this.#reader.needsNext(line)) return at
      this.#reader.read(line, following ?? text.slice(next))
      if (this.#reader.end !== null) return this.#close(this.#reader.isPast ? at : next, sink)
      if (newline < 0) return at
      this.#append(line, sink)
      at = next
      this.#shown = 0
      this.#first = false
    }
    return at
  }

  /**
   * Show the unfinished line, unless it may become the closing fence, or one waits for it.
   * @param {string} line
   * @param {Sink} sink
   */
  showRest(line, sink) {
    if (!line.includes("\n") && !this.#couldClose.test(line)) this.#append(line, sink)
  }

  /** The part of the unterminated last line that is not shown yet. */
  rest(line) {
    return line === "" ? "" : this.#fresh(line)
  }

  #close(next, sink) {
    this.closed = true
    sink.closeCode("")
    return next
  }

  #append(line, sink) {
    const fresh = this.#fresh(line)
    if (fresh) sink.appendCode(fresh)
    this.#shown = line.length + 1
  }

  /** The newline before a line is shown with its first character. */
  #fresh(line) {
    const start = this.#shown > 0 ? this.#shown - 1 : this.#indent.exec(line)[0].length
    return (this.#shown > 0 || this.#first ? "" : "\n") + line.slice(start)
  }
}

/** The line that begins at an offset; null if its end is not there yet. */
function lineAt(text, at, end) {
  const newline = text.indexOf("\n", at)
  return newline >= 0 && newline < end ? text.slice(at, newline) : null
}
