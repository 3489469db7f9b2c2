/** A line stands in a part of so many, so that what a new one costs does not grow with the code. */
const LINES_PER_PART = 50
/** So many parts at the end are not skipped: what begins to be, while it is in sight or near, is laid out anew for it. */
const SEEN = 3
/** A line that is longer than this goes on in pieces, for the same reason. */
const PIECE = 1000

/**
 * The lines of some code on the page: an element each, with its line end. What is written is written once; only a
 * line whose colours change is filled again.
 */
export class CodeLines {
  #root
  #later
  #lines = []
  /** The parts that have come to be behind and are not skipped yet. */
  #past = []
  #writer = null

  /** `later` does what need not be done at once. */
  constructor(root, later = (job) => job()) {
    this.#root = root
    this.#later = later
  }

  append(text) {
    for (let from = 0; from < text.length;) {
      const newline = text.indexOf("\n", from)
      const to = newline < 0 ? text.length : newline + 1
      this.#writer ??= new LineWriter(this.#begin())
      this.#writer.write(text.slice(from, to))
      if (newline >= 0) this.#writer = null
      from = to
    }
  }

  /** Show a line, which is whole, as a list of [kind, text]. */
  paint(n, tokens) {
    const line = this.#lines[n]
    if (!line) return
    const text = line.textContent
    line.replaceChildren()
    if (tokens.every(([kind]) => kind === "")) new LineWriter(line).write(text)
    else line.append(...tokens.map(([kind, part]) => (kind ? createSpan(kind, part) : part)), text.endsWith("\n") ? "\n" : "")
  }

  #begin() {
    if (this.#lines.length % LINES_PER_PART === 0) this.#beginPart()
    const line = createElement("code__line")
    this.#root.lastChild.append(line)
    this.#lines.push(line)
    return line
  }

  #beginPart() {
    this.#root.append(createElement("code__part"))
    const past = this.#root.children[this.#root.children.length - 1 - SEEN]
    if (!past) return
    this.#past.push(past)
    if (this.#past.length === 1) this.#later(() => this.#skipPast())
  }

  #skipPast() {
    for (const part of this.#past) part.classList.add("code__part--past")
    this.#past = []
  }
}

/** Writes the plain text of one line; where its pieces end depends on the text only. */
class LineWriter {
  #line
  #node

  constructor(line) {
    this.#line = line
    this.#node = line.appendChild(document.createTextNode(""))
  }

  write(text) {
    for (let from = 0; from < text.length;) {
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

function isLowSurrogate(unit) { return unit >= 0xdc00 && unit <= 0xdfff }

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
