/** How long a message may be, in code points, as the server counts. */
export class LengthLimit {
  #limit
  #t
  #format

  constructor({ limit, t, format }) {
    this.#limit = limit
    this.#t = t
    this.#format = format
  }

  /** What is wrong with the length of a text, in a sentence; null where nothing is. */
  problem(text) {
    if (text.length <= this.#limit) return null
    const count = countCodePoints(text)
    if (count <= this.#limit) return null
    return this.#t("tooLong", { n: this.#format.number(count), limit: this.#format.number(this.#limit) })
  }
}

/** Counted in place: it is asked at every key, and a list of a million characters would be felt. */
function countCodePoints(text) {
  let count = 0
  for (let at = 0; at < text.length; at += text.codePointAt(at) > 0xffff ? 2 : 1) count += 1
  return count
}
