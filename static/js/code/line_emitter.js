import { tokenKindOf } from "./token_kinds.js"

/** @typedef {[kind: string, text: string]} Token */

/** An emitter for highlight.js that collects lines of tokens, merging neighbours of one kind. */
export class LineEmitter {
  /** @type {Token[][]} */
  #lines = [[]]
  #kinds = [""]

  /** The lines, without newlines. */
  get lines() {
    return this.#lines
  }

  /** @param {string} text */
  addText(text) {
    const [first, ...more] = text.split("\n")
    this.#add(first)
    for (const line of more) {
      this.#lines.push([])
      this.#add(line)
    }
  }

  /** @param {string} scope */
  startScope(scope) {
    this.#kinds.push(tokenKindOf(scope) ?? this.#kinds.at(-1))
  }
  endScope() {
    this.#kinds.pop()
  }

  /** Older names. */
  openNode(scope) {
    this.startScope(scope)
  }
  closeNode() {
    this.endScope()
  }

  /**
   * Add the tokens of an embedded language.
   * @param {LineEmitter} emitter
   */
  __addSublanguage({ lines }) {
    for (const [n, line] of lines.entries()) {
      if (n > 0) this.#lines.push([])
      for (const [kind, text] of line) this.#add(text, kind || this.#kinds.at(-1))
    }
  }

  finalize() {
    return true
  }
  toHTML() {
    return ""
  }

  #add(text, kind = this.#kinds.at(-1)) {
    if (text === "") return
    const line = this.#lines.at(-1)
    const last = line.at(-1)
    if (last?.[0] === kind) last[1] += text
    else line.push([kind, text])
  }
}
