const FENCE = /^\s*(`{3,}|~{3,})/
const HEADING = /^ {0,3}#{1,6}(?:\s|$)/
const RULE = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,}|=+)\s*$/
const ITEM = /^\s*(?:[-*+]|\d{1,9}[.)])\s/
const INDENTED = /^(?: {2,}|\t)/
/** Only Markdown syntax so far: its meaning depends on what follows. */
const UNDECIDED = /^[\s\d\-*+_#`~>=|.)]*$/
const HEAD_CHARACTERS = 80
const START = { open: false, list: false, heading: false, fence: "" }

/**
 * Counts the paragraphs of streamed Markdown as a reader would: a list, table or code block is one, and a heading
 * belongs to what follows. The text may be cut anywhere.
 */
export class ParagraphCounter {
  #source = null
  #state = START
  /** The beginning of the current line, and whether it grew since the last reset and was counted. */
  #head = ""
  #grew = false
  #counted = false
  /** How many of those counted since the last reset are of the present source. */
  #ofSource = 0

  count = 0

  /**
   * Take more text; another `source` begins another text.
   * @param {string} text
   * @param {string | null} source
   */
  feed(text, source = this.#source) {
    if (source !== this.#source) this.#begin(source)
    for (const [at, part] of text.split("\n").entries()) {
      if (at > 0) this.#endLine()
      this.#head += part.slice(0, HEAD_CHARACTERS - this.#head.length)
      this.#grew ||= part.trim() !== ""
    }
    if (this.#head.length >= HEAD_CHARACTERS || !UNDECIDED.test(this.#head)) this.#take()
  }

  /**
   * Take back what was counted of a source, if that is the present one: it begins anew.
   * @param {string} source
   */
  drop(source) {
    if (source !== this.#source) return
    this.count -= this.#ofSource
    this.#begin(source)
  }

  /** Restart: what comes next counts, even within a paragraph. */
  reset() {
    this.count = this.#ofSource = 0
    this.#state = { ...START, fence: this.#state.fence }
    this.#grew = this.#counted = false
  }

  #begin(source) {
    this.#source = source
    this.#state = START
    this.#head = ""
    this.#grew = this.#counted = false
    this.#ofSource = 0
  }

  #take() {
    const [begins, after] = readLine(this.#state, this.#head)
    if (begins && this.#grew && !this.#counted) {
      this.count += 1
      this.#ofSource += 1
      this.#counted = true
    }
    return after
  }

  #endLine() {
    const after = this.#take()
    // A line before the reset opens nothing.
    this.#state = this.#head.trim() && !this.#grew ? { ...after, open: this.#state.open } : after
    this.#head = ""
    this.#grew = this.#counted = false
  }
}

/** Returns whether a line begins a paragraph, and the state after it. */
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
