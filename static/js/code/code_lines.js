/** @import { Token } from "./line_emitter.js" */

/** Lines are grouped, so that the cost of a new line does not grow with the code. */
const LINES_PER_PART = 50
/**
 * So many parts at the end are not skipped: an element that becomes skippable while in or near view is laid out again.
 */
const SEEN = 3
/** Colours of a whole line, beyond its text. */
const WHOLE_LINES = new Set(["inserted", "deleted"])
/** Longer lines are split, for the same reason. */
const PIECE = 1000

/**
 * The lines of code on the page, an element each, with its newline. Only lines whose highlighting changes are
 * rewritten.
 */
export class CodeLines {
  #later
  /** @type {HTMLElement | null} */
  #part = null
  /** The text of the last line. */
  #text = ""
  /** @type {HTMLElement[]} */
  #lines = []
  /**
   * Parts that can be skipped from now on.
   * @type {Element[]}
   */
  #past = []
  /** @type {LineWriter | null} */
  #writer = null

  /**
   * `later` runs deferred work.
   * @param {HTMLElement} root
   * @param {(job: () => void) => void} later
   */
  constructor(root, later = (job) => job()) {
    this.root = root
    this.#later = later
  }

  /** Where the code goes on. */
  get end() {
    return this.#lines.at(-1) ?? this.root
  }

  /** @param {string} text */
  append(text) {
    for (let from = 0; from < text.length; ) {
      const newline = text.indexOf("\n", from)
      const to = newline < 0 ? text.length : newline + 1
      this.#write(text.slice(from, to))
      if (newline >= 0) this.#writer = null
      from = to
    }
  }

  /** Write into the last line; if others have changed it, anew. */
  #write(text) {
    if (!this.#writer) this.#text = ""
    this.#text += text
    if (this.#writer?.isIntact) return this.#writer.write(text)
    const line = this.#writer ? this.#lines.at(-1) : this.#begin()
    line.replaceChildren()
    this.#writer = new LineWriter(line)
    this.#writer.write(this.#text)
  }

  /**
   * Show a complete line.
   * @param {number} n
   * @param {Token[]} tokens
   */
  paint(n, tokens) {
    const line = this.#lines[n]
    if (!line) return
    const end = n < this.#lines.length - 1 || !this.#writer ? "\n" : ""
    line.replaceChildren()
    const [[kind] = [""]] = tokens
    if (WHOLE_LINES.has(kind)) line.classList.add(`code__line--${kind}`)
    if (tokens.every(([kind]) => kind === "")) new LineWriter(line).write(tokens.map(([, part]) => part).join("") + end)
    else line.append(...tokens.map(([kind, part]) => (kind ? createSpan(kind, part) : part)), end)
  }

  #begin() {
    if (this.#lines.length % LINES_PER_PART === 0) this.#beginPart()
    const line = createElement("code__line")
    this.#part.append(line)
    this.#lines.push(line)
    return line
  }

  #beginPart() {
    this.#part = this.root.appendChild(createElement("code__part"))
    const past = this.root.children[this.root.children.length - 1 - SEEN]
    if (!past) return
    this.#past.push(past)
    if (this.#past.length === 1) this.#later(() => this.#skipPast())
  }

  #skipPast() {
    for (const part of this.#past) part.classList.add("code__part--past")
    this.#past = []
  }
}

/** Writes the plain text of a line; where it is split depends on the text only. */
class LineWriter {
  #line
  #node

  /** @param {HTMLElement} line */
  constructor(line) {
    this.#line = line
    this.#node = line.appendChild(document.createTextNode(""))
  }

  get isIntact() {
    const parent = this.#node.parentNode
    return parent === this.#line || (parent?.parentNode === this.#line && parent.lastChild === this.#node)
  }

  /** @param {string} text */
  write(text) {
    for (let from = 0; from < text.length; ) {
      const room = PIECE - this.#node.length
      const isSplit = room <= 0 && isLowSurrogate(text.charCodeAt(from))
      if (room <= 0 && !isSplit) {
        this.#node = this.#line.appendChild(createElement("code__piece")).appendChild(document.createTextNode(""))
        continue
      }
      const to = isSplit ? from + 1 : Math.min(text.length, from + room)
      this.#node.appendData(text.slice(from, to))
      from = to
    }
  }
}

function isLowSurrogate(unit) {
  return unit >= 0xdc00 && unit <= 0xdfff
}

function createSpan(kind, text) {
  const one = createElement(`code__${kind}`)
  one.textContent = text
  return one
}

function createElement(name) {
  const one = document.createElement("span")
  one.className = name
  return one
}
