/** @import { Format } from "../base/format.js" */
/** @import { Translate } from "../base/translator.js" */

/** The maximum length of a message, in code points as on the server. */
export class LengthLimit {
  #limit
  #t
  #format

  /** @param {{ limit: number, t: Translate, format: Format }} parts */
  constructor({ limit, t, format }) {
    this.#limit = limit
    this.#t = t
    this.#format = format
  }

  /**
   * A sentence if the text is too long, else null.
   * @param {string} text
   */
  problem(text) {
    if (text.length <= this.#limit) return null
    const count = countCodePoints(text)
    if (count <= this.#limit) return null
    return this.#t("tooLong", { n: this.#format.number(count), limit: this.#format.number(this.#limit) })
  }

  /**
   * Where a text has to be cut to fit, as an index.
   * @param {string} text
   */
  endOf(text) {
    let at = 0
    for (let count = 0; count < this.#limit && at < text.length; count += 1) at += widthAt(text, at)
    return at
  }
}

/** Counts without an array: it runs at every keystroke. */
function countCodePoints(text) {
  let count = 0
  for (let at = 0; at < text.length; at += widthAt(text, at)) count += 1
  return count
}

/** The length of the code point at an index. */
function widthAt(text, at) {
  return text.codePointAt(at) > 0xffff ? 2 : 1
}
