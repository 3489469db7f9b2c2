import { ENVIRONMENT_MARK, HALF_MARK } from "../../math/environments.js"
import { isFormula, mayBecomeFormula } from "../../math/formula_rules.js"
import { findUnescaped } from "../../math/markdown_math.js"
import { HALF_TAG, OPEN_TAG } from "../parse/inline_tags.js"

const MARK = new RegExp(
  `${ENVIRONMENT_MARK.source}|${/\\[()[\]]|\\[\s\S]|`+|\$\$?|!?\[|\]\(?|\*+|_+|~~?|[()]/.source}|${OPEN_TAG.source}`,
  "gi",
)
const DEEPEST = 100
const WORD = /[\p{L}\p{N}]/u
/** Not an address and title, as in `f[i](x + y)`. */
const NO_ADDRESS = /^\s*[^\s)<][^\s)]*\s+[^\s"'()]/
/** Ends in half a mark. */
const HALF_ESCAPE = /(?<!\\)(?:\\\\)*\\$/
const HALF_DOLLARS = /(?<!\\)(?:\\\\)*[\\$]$/

/**
 * A mark that is not closed. `label`: the position of "]"; `depth`: of parentheses in a link's address.
 * @typedef {{ mark: string, at: number, close?: string, label?: number, depth?: number }} OpenMark
 */

/**
 * Close open marks at the end of a paragraph, and drop marks without content. Returns {text, open}.
 * @param {string} paragraph
 */
export function closeOpenMarks(paragraph) {
  const certain = paragraph.replace(HALF_TAG, "")
  const body = certain.trimEnd()
  const marks = new OpenMarks(body, { grows: body.length === paragraph.length })
  for (const { 0: mark, index } of body.matchAll(MARK)) marks.take(mark, index)
  const { text, open } = marks.ended()
  return { text: text + certain.slice(body.length), open }
}

class OpenMarks {
  #text
  /** Whether more may follow the last character. */
  #grows
  /**
   * Outermost first.
   * @type {OpenMark[]}
   */
  #open = []
  /**
   * An open verbatim mark or link address.
   * @type {OpenMark | null}
   */
  #verbatim = null
  /** The position of half a closing mark at the end. */
  #end

  constructor(text, { grows }) {
    this.#text = text
    this.#grows = grows
    this.#end = text.length
  }

  /**
   * @param {string} mark
   * @param {number} at
   */
  take(mark, at) {
    if (this.#verbatim?.close === ")") this.#inAddress(mark, at)
    else if (this.#verbatim) this.#verbatim = mark === this.#verbatim.close ? null : this.#verbatim
    else if (mark[0] === "`") this.#verbatim = { mark, at, close: mark }
    else if (mark.startsWith("\\begin")) this.#verbatim = { mark, at, close: mark.replace("begin", "end") }
    else if (mark === "\\(" || mark === "\\[") this.#verbatim = { mark, at, close: mark === "\\(" ? "\\)" : "\\]" }
    else if (mark[0] === "$") this.#dollar(mark, at)
    else if (mark.endsWith("[") && mark[0] !== "\\") this.#push({ mark, at })
    else if (mark[0] === "]") this.#bracket(mark, at)
    else if (mark[0] === "<") this.#push({ mark, at, close: `</${mark.slice(1)}` })
    else if (mark === "~") this.#end = this.#isLast(at + 1) ? at : this.#end
    else if (mark[0] === "*" || mark[0] === "_" || mark === "~~") this.#emphasis(mark, at)
  }

  /**
   * Deeper nesting is a mistake or an attack.
   * @param {OpenMark} mark
   */
  #push(mark) {
    if (this.#open.length < DEEPEST) this.#open.push(mark)
  }

  /** Parentheses are balanced, except in a title, which follows a space. */
  #inAddress(mark, at) {
    const address = this.#verbatim
    if (mark === "(" || mark === "](") address.depth += 1
    if (mark !== ")") return
    if (address.depth > 0 && this.#text.lastIndexOf(" ", at) < address.at) address.depth -= 1
    else {
      this.#verbatim = null
      this.#open.pop()
    }
  }

  #dollar(mark, at) {
    if (mark === "$" && this.#isLast(at + 1)) this.#end = at
    else if (mark === "$$" || this.#opensFormula(at)) this.#verbatim = { mark, at, close: mark }
  }

  #opensFormula(at) {
    const text = this.#text
    const before = text[at - 1] ?? ""
    const end = findUnescaped(text, "$", at + 1)
    const content = text.slice(at + 1, end < 0 ? text.length : end)
    if (end < 0 || this.#isLast(end + 1)) return mayBecomeFormula(content, before)
    return text[end + 1] !== "$" && isFormula(content, before, text.slice(end + 1, end + 5))
  }

  #bracket(mark, at) {
    const top = this.#open.findLastIndex((one) => one.mark.endsWith("["))
    if (top < 0) return
    this.#open.length = top + 1
    if (mark === "](" && !NO_ADDRESS.test(this.#text.slice(at + 2))) this.#verbatim = { mark, at, close: ")", depth: 0 }
    else if (!this.#isLast(at + 1) || this.#text[this.#open[top].at + 1] === "^") return this.#open.pop()
    this.#open[top].label = at
  }

  /** Whether the text ends here and may continue the mark. */
  #isLast(end) {
    return this.#grows && end === this.#text.length
  }

  #emphasis(mark, at) {
    const before = this.#text[at - 1] ?? " "
    const after = this.#text[at + mark.length] ?? " "
    if (mark[0] === "_" && WORD.test(before) && WORD.test(after)) return
    const top = this.#open.findLastIndex((one) => one.mark[0] === mark[0])
    if (top >= 0 && /\S/.test(before)) this.#closeEmphasis(top, mark, at)
    else if (/\S/.test(after) || this.#isLast(at + mark.length)) this.#push({ mark, at })
  }

  #closeEmphasis(top, mark, at) {
    const left = this.#open[top].mark.slice(mark.length)
    const half = left !== "" && this.#isLast(at + mark.length)
    if (half) this.#end = at
    else this.#open.length = top
    if (left !== "" && !half) this.#open.push({ mark: left, at: this.#open[top]?.at ?? at })
  }

  ended() {
    const { mark = "", at = 0, close = "\\\\" } = this.#verbatim ?? {}
    const shown = this.#text.slice(0, this.#end)
    let text = dropHalfMark(close, this.#grows && mark[0] !== "`" ? shown.replace(HALF_MARK, "") : shown)
    let closing = ""
    const within = text.slice(at + mark.length).trim() !== ""
    if (this.#verbatim && close !== ")") {
      if (within) closing = close
      else text = text.slice(0, at)
    }
    for (const one of this.#open.toReversed()) [text, closing] = closeMark(one, text, closing)
    return { text: text.trimEnd() + closing, open: within && (mark[0] === "$" || mark[0] === "\\") }
  }
}

/** Drop half of a closing mark, or a trailing backslash outside of code. */
function dropHalfMark(mark, text) {
  if (mark[0] !== "`") return (mark === "$$" ? HALF_DOLLARS : HALF_ESCAPE).test(text) ? text.slice(0, -1) : text
  const half = /`*$/.exec(text)[0].length
  return half < mark.length ? text.slice(0, text.length - half) : text
}

/**
 * An incomplete link is its text; an incomplete image or footnote reference is dropped.
 * @param {OpenMark} mark
 * @param {string} text
 * @param {string} closing
 * @returns {[text: string, closing: string]}
 */
function closeMark({ mark, at, label, close = mark }, text, closing) {
  if (mark === "![" || (mark === "[" && text[at + 1] === "^")) return [text.slice(0, at), ""]
  if (mark === "[") return [text.slice(0, at) + text.slice(at + 1, label), closing]
  if (text.slice(at + mark.length).trim() === "") return [text.slice(0, at), ""]
  return [text, closing + close]
}
