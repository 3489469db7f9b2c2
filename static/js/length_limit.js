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
    const count = [...text].length
    if (count <= this.#limit) return null
    return this.#t("tooLong", { n: this.#format.number(count), limit: this.#format.number(this.#limit) })
  }
}
