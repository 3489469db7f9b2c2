import { EntryLog, TEXT_WAS_REASONING } from "../net/entry_log.js"

/** @import { Entry } from "../net/entry_log.js" */

/** A running answer in this tab: its log, and its text and reasoning, which it owns. */
export class Generation {
  #log = new EntryLog()
  /** The text. Another object after the text has become reasoning: what shows the former still reads that. */
  #written = { text: "" }
  #hasThought = false
  reasoning = ""
  /** @type {number | null} */
  textAt = null
  /** @type {number | null} */
  reasoningAt = null

  /**
   * Times are in ms since the epoch.
   * @param {{ id: string, messageId: string, model?: string, startedAt: number, now: number, cached?: boolean }} start
   */
  constructor({ id, messageId, model, startedAt, now, cached = false }) {
    this.id = id
    this.messageId = messageId
    this.model = model
    this.startedAt = startedAt
    this.cached = cached
    this.heardAt = now
  }

  get last() {
    return this.#log.last
  }
  get needsResume() {
    return this.#log.needsResume
  }

  get text() {
    return this.#written.text
  }

  get stage() {
    if (this.text || this.#hasThought) return "writing"
    return this.reasoning ? "thinking" : "waiting"
  }

  /**
   * The whole, growing text of the message: what was `stored` before, then what is generated.
   * @param {string} stored
   */
  textAfter(stored) {
    const written = this.#written
    return new GrowingText(stored, () => written.text)
  }
  /** @param {string} stored */
  reasoningAfter(stored) {
    return new GrowingText(stored, () => this.reasoning)
  }

  /**
   * @param {Entry} entry
   * @param {number} now
   */
  accept(entry, now) {
    this.heardAt = now
    return this.#applied(this.#log.accept(entry), now)
  }

  /** @param {number} now */
  hold(now) {
    this.heardAt = now
    return this.#log.hold()
  }

  /** @param {number} now */
  release(now) {
    return this.#applied(this.#log.release(), now)
  }

  /**
   * @param {number} after
   * @param {Entry[]} entries
   * @param {number} seq
   * @param {number} now
   */
  fill(after, entries, seq, now) {
    this.heardAt = now
    return this.#applied(this.#log.fill(after, entries, seq), now)
  }

  /**
   * @param {Entry[]} entries
   * @param {number} now
   */
  #applied(entries, now) {
    for (const { kind, text } of entries) {
      if (kind === "text") {
        this.#written.text += text
        this.textAt ??= now
      } else if (kind === "reasoning") {
        this.reasoning += text
        this.reasoningAt ??= now
        this.#thinkAgain()
      } else if (kind === TEXT_WAS_REASONING) this.#moveText(now)
    }
    return entries
  }

  #thinkAgain() {
    this.#hasThought = false
    if (!this.text) this.textAt = null
  }

  #moveText(now) {
    this.reasoning += this.text
    this.reasoningAt ??= this.textAt
    this.#written = { text: "" }
    this.textAt = now
    this.#hasThought = true
  }
}

/** Can be read like a string without copying the text. */
export class GrowingText {
  #stored
  #generated

  /**
   * @param {string} stored
   * @param {() => string} generated
   */
  constructor(stored, generated) {
    this.#stored = stored
    this.#generated = generated
  }

  get length() {
    return this.#stored.length + this.#generated().length
  }

  /**
   * @param {number} from
   * @returns {string}
   */
  slice(from, to = this.length) {
    const { length } = this.#stored
    const generated = this.#generated().slice(Math.max(0, from - length), Math.max(0, to - length))
    return from < length ? this.#stored.slice(from, to) + generated : generated
  }

  toString() {
    return this.#stored + this.#generated()
  }
}
