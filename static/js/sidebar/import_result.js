/** @import { Format } from "../base/format.js" */
/** @import { Translate } from "../base/translator.js" */

/** @typedef {{ title: string, problem: string, detail?: string }} ImportProblem */

/** What the uploads of one import have brought, and the sentences about it. */
export class ImportResult {
  /** @type {string[]} */
  #added = []
  #extended = 0
  #unchanged = 0
  #notTaken = 0
  /** @type {ImportProblem[]} */
  #files = []
  /** @type {ImportProblem[]} */
  #problems = []
  #left = 0
  #isCancelled = false
  /** @type {string | null} */
  #end = null

  /** @param {Wire.ImportAnswer} answer */
  add({ conversations, extended = [], unchanged = 0, not_imported: notTaken = 0, problems = [], ...rest }) {
    this.#added.push(...conversations.map(({ id }) => id))
    this.#extended += extended.length
    this.#unchanged += unchanged
    this.#notTaken += notTaken
    this.#problems.push(...problems)
    this.#left += rest.left ?? 0
    this.#end = rest.ended_by ?? this.#end
    this.#isCancelled ||= rest.cancelled ?? false
  }

  /**
   * A file of which nothing was taken.
   * @param {string} name
   * @param {string} problem
   */
  addFile(name, problem) {
    this.#files.push({ title: name, problem })
  }

  cancel() {
    this.#isCancelled = true
  }

  get isCancelled() {
    return this.#isCancelled
  }

  /** The newest conversation that has come. */
  get first() {
    return this.#added[0] ?? null
  }

  /** Everything that has not come, with its reason. */
  get problems() {
    return [...this.#files, ...this.#problems]
  }

  /** How many are not in `problems`. */
  get untold() {
    return this.#notTaken - this.#problems.length
  }

  /**
   * How many came, how many did not, and why.
   * @param {Translate} t
   * @param {Format} format
   */
  text(t, format) {
    const count = (key, n, more = {}) => (n > 0 ? t(key, { n: format.number(n), ...more }) : "")
    const came = count("imported", this.#added.length)
    const told = [
      came,
      count("importExtended", this.#extended),
      count("importUnchanged", this.#unchanged),
      count("importNotTaken", this.#notTaken, { problem: this.#problems[0]?.problem ?? "" }),
      count("importFilesNot", this.#files.length, { problem: this.#files[0]?.problem ?? "" }),
      this.#end ?? "",
      this.#isCancelled ? t("importCancelled") : "",
      this.#end ? count("importLeft", this.#left) : "",
    ].filter(Boolean)
    return told.length > 0 ? told.join(" ") : t("importedNone")
  }

  /** Whether one file was all there was, and nothing of it was taken. */
  get failure() {
    const isAll =
      this.#files.length === 1 && this.#added.length + this.#extended + this.#unchanged + this.#notTaken === 0
    return isAll && !this.#isCancelled ? this.#files[0].problem : null
  }
}
