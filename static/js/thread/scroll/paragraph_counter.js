const FENCE = /^\s*(`{3,}|~{3,})/
const HEADING = /^ {0,3}#{1,6}(?:\s|$)/
const RULE = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,}|=+)\s*$/
const ITEM = /^\s*(?:[-*+]|\d{1,9}[.)])\s/
const INDENTED = /^(?: {2,}|\t)/
/** So far only marks: what they mean shows when more has come. */
const UNDECIDED = /^[\s\d\-*+_#`~>=|.)]*$/
const HEAD_CHARACTERS = 80
const START = { open: false, list: false, heading: false, fence: "" }

/**
 * Counts the paragraphs that begin in a stream of Markdown, as a reader would: a list, a table or a block of code is
 * one, and a heading belongs to what it stands above. The text may be cut anywhere.
 */
export class ParagraphCounter {
  #source = null
  #state = START
  /** The beginning of the line that is being written, and whether it grew since the last reset and was counted. */
  #head = ""
  #grew = false
  #counted = false

  count = 0

  /** Take more of a text; another `source` begins a text of its own. */
  feed(text, source = this.#source) {
    if (source !== this.#source) this.#begin(source)
    for (const [at, part] of text.split("\n").entries()) {
      if (at > 0) this.#endLine()
      this.#head += part.slice(0, HEAD_CHARACTERS - this.#head.length)
      this.#grew ||= part.trim() !== ""
    }
    if (this.#head.length >= HEAD_CHARACTERS || !UNDECIDED.test(this.#head)) this.#take()
  }

  /** Start anew; what comes next counts, also where it goes on with a paragraph. */
  reset() {
    this.count = 0
    this.#state = { ...START, fence: this.#state.fence }
    this.#grew = this.#counted = false
  }

  #begin(source) {
    this.#source = source
    this.#state = START
    this.#head = ""
    this.#grew = this.#counted = false
  }

  #take() {
    const [begins, after] = readLine(this.#state, this.#head)
    if (begins && this.#grew && !this.#counted) {
      this.count += 1
      this.#counted = true
    }
    return after
  }

  #endLine() {
    const after = this.#take()
    // What was counted before a reset opens nothing after it.
    this.#state = this.#head.trim() && !this.#grew ? { ...after, open: this.#state.open } : after
    this.#head = ""
    this.#grew = this.#counted = false
  }
}

/** Whether a line begins something to be counted, and what is open after it. */
function readLine(state, line) {
  const { open, list, heading, fence } = state
  const text = { open: true, list, heading: false, fence: "" }
  if (fence) return readLineInFence(state, line)
  if (!line.trim()) return [false, { ...state, open: false }]
  if (RULE.test(line)) return [false, { ...START, heading: open }]
  const alone = !heading && !(list && INDENTED.test(line))
  const fenced = FENCE.exec(line)
  if (fenced) return [alone, { ...text, fence: fenced[1] }]
  if (HEADING.test(line)) return [!heading, { ...START, heading: true }]
  if (ITEM.test(line)) return [alone && !list, { ...text, list: true }]
  return [alone && !open, { ...text, list: list && (open || INDENTED.test(line)) }]
}

function readLineInFence(state, line) {
  if (line.trim().startsWith(state.fence) && !line.trim().replaceAll(state.fence[0], "")) {
    return [false, { ...state, open: false, fence: "" }]
  }
  return [!state.open && line.trim() !== "", { ...state, open: true }]
}
