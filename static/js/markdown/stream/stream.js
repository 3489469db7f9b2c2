import { normalize } from "../parse/parser.js"
import { buildTree, itemsOf } from "../parse/tree.js"
import { OpenFence } from "./open_fence.js"
import { stablePreview } from "./stable_preview.js"

/**
 * Where final and open blocks go: a DomSink.
 * @typedef {Pick<DomSink, "keep" | "openInto" | "keepInside" | "show" | "openCode" | "appendCode" | "closeCode">} Sink
 */
/** @import { DomSink } from "../dom/dom_sink.js" */
/** @import { TreeElement } from "../parse/tree.js" */

/**
 * Parses a growing text. Everything before the open block is final, as are the earlier items of an open list, rows of
 * an open table and lines of open code: they go to the sink once and are never parsed again, so the work per token does
 * not grow with the text.
 */
export class Stream {
  #parse
  #sink
  /** The text that is not final. */
  #text = ""
  #held = ""
  /** Up to where whole lines of it were parsed for final blocks. */
  #read = 0
  /**
   * The open list or table, or an OpenFence.
   * @type {any}
   */
  #frame = null
  /** Link definitions in the final text, by the parser's keys. */
  #references = Object.create(null)

  /**
   * `parse` returns the streaming parser's tokens.
   * @param {{ parse: (text: string, env: object) => Markdown.Token[], sink: Sink }} parts
   */
  constructor({ parse, sink }) {
    this.#parse = parse
    this.#sink = sink
  }

  /**
   * Continue a text; everything from a line on is parsed again.
   * @param {string} text
   * @param {number} line
   */
  continueFrom(text, line) {
    const from = new SourceLines(text).start(line)
    if (text.includes("]:")) this.#learn(text.slice(0, from))
    this.#text = text.slice(from)
  }

  /**
   * Add text.
   * @param {string} text
   */
  push(text) {
    const whole = this.#held + text
    this.#held = whole.endsWith("\r") ? "\r" : ""
    this.#text += normalize(this.#held ? whole.slice(0, -1) : whole)
  }

  /** Show the text added since the last step. */
  step() {
    const end = this.#text.lastIndexOf("\n") + 1
    if (end > this.#read) this.#settle(end)
    if (this.#frame instanceof OpenFence) this.#frame.showRest(this.#text, this.#sink)
    else this.#show()
  }

  /** The text is complete. */
  finish() {
    this.#text += this.#held ? "\n" : ""
    this.#held = ""
    this.#settle(this.#text.length, { complete: true })
    if (this.#frame instanceof OpenFence) this.#sink.closeCode(this.#frame.rest(this.#text))
    else this.#sink.keep(this.#nodes(this.#text))
    this.#frame = null
    this.#drop(this.#text.length)
  }

  /** Finalize what whole lines have completed. */
  #settle(end, { complete = false } = {}) {
    this.#read = end
    if (this.#frame instanceof OpenFence) {
      this.#drop(this.#frame.read(this.#text, end, this.#sink, { complete }))
      if (!this.#frame.closed) return
      this.#frame = null
    }
    const text = this.#text
    const source = text.slice(0, this.#read)
    const lines = new SourceLines(source, this.#frame?.prefix)
    const references = Object.create(this.#references)
    const nodes = this.#nodes(source, references)
    if (nodes.length === 0) return
    if (nodes.length > 1) {
      this.#sink.keep(nodes.slice(0, -1))
      this.#frame = null
    }
    this.#enterOpenBlock(nodes.at(-1), lines, { complete })
    if (Object.keys(references).length > 0) this.#learn(text.slice(0, text.length - this.#text.length))
  }

  /** Drop the beginning of the text, which is final. */
  #drop(length) {
    this.#text = this.#text.slice(length)
    this.#read = Math.max(0, this.#read - length)
  }

  /** Remember the link definitions of a final part. */
  #learn(source) {
    this.#parse(source, { references: this.#references })
  }

  /**
   * Enter the open block if it can be very long.
   * @param {TreeElement} last
   * @param {SourceLines} lines
   * @param {{ complete: boolean }} text
   */
  #enterOpenBlock(last, lines, text) {
    const code = last.special ? OpenFence.of(last, lines.at(last.at)) : null
    const parts = itemsOf(last)
    if (code) this.#enterCode(code, last, lines, text)
    else if (parts.length > 1) this.#enter(last, parts, lines)
    else this.#drop(lines.start(last.at))
  }

  /**
   * @param {TreeElement} last
   * @param {TreeElement[]} parts
   * @param {SourceLines} lines
   */
  #enter(last, parts, lines) {
    const done = parts.slice(0, -1)
    if (this.#frame) this.#sink.keepInside(last, done)
    else {
      const prefix = last.tag === "div" ? lines.text(last.at, last.at + 2) : ""
      this.#frame = { kind: tagOf(last), prefix, direction: last.attrs?.dir ?? "ltr" }
      this.#sink.openInto(withItems(last, done))
    }
    this.#drop(lines.start(parts.at(-1).at))
  }

  /**
   * @param {OpenFence} code
   * @param {TreeElement} last
   * @param {SourceLines} lines
   * @param {{ complete: boolean }} text
   */
  #enterCode(code, last, lines, text) {
    this.#drop(lines.start(last.at + 1))
    this.#sink.openCode({ special: "code", language: last.language, text: "", open: true })
    this.#frame = code
    this.#settle(this.#read, text)
  }

  #show() {
    const { text, open } = stablePreview(this.#text, { inTable: this.#frame?.kind === "div" })
    this.#sink.show(markOpen(this.#nodes(text), open))
  }

  /**
   * The nodes of the text that is not final. If a list or table is open, the first node continues it.
   * @param {string} source
   */
  #nodes(source, references = Object.create(this.#references)) {
    const { prefix = "", kind = null, direction } = this.#frame ?? {}
    const nodes = buildTree(this.#parse(prefix + source, { references }), "", { direction })
    if (!kind) return nodes
    return nodes.length === 0 || tagOf(nodes[0]) !== kind ? [{ special: "none", at: 0 }, ...nodes] : nodes
  }
}

/** The lines of a source by their numbers in the parsed text, which has a prefix. */
class SourceLines {
  #source
  #starts = [0]
  #skip

  constructor(source, prefix = "") {
    this.#source = source
    this.#skip = prefix.split("\n").length - 1
    for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) this.#starts.push(at + 1)
  }

  start(line) {
    return this.#starts[Math.max(0, line - this.#skip)] ?? this.#source.length
  }
  text(from, to) {
    return this.#source.slice(this.start(from), this.start(to))
  }
  at(line) {
    return this.text(line, line + 1)
  }
}

/** @param {TreeElement} node */
function tagOf({ tag }) {
  return tag === "ul" || tag === "ol" || tag === "div" ? tag : null
}

/**
 * A copy of a list or table with these items or rows.
 * @param {TreeElement} node
 * @param {TreeElement[]} parts
 */
function withItems(node, parts) {
  if (node.tag !== "div") return { ...node, children: parts }
  const [table] = node.children
  const [head, body] = table.children
  return { ...node, children: [{ ...table, children: [head, { ...body, children: parts }] }] }
}

/** Mark the code or formula at the very end as open. */
function markOpen(nodes, open) {
  const last = nodes.at(-1)
  if (last === undefined || typeof last === "string") return nodes
  const rest = nodes.slice(0, -1)
  if (last.special === "code" || last.special === "diagram") return [...rest, { ...last, special: "code", open: true }]
  if (last.special === "math") return open ? [...rest, { ...last, open: true }] : nodes
  return last.children ? [...rest, { ...last, children: markOpen(last.children, open) }] : nodes
}
