import { EntryLog } from "../net/entry_log.js"

/** A running answer in this tab: its log, and its text and reasoning, which it owns. */
export class Generation {
  #log = new EntryLog()
  text = ""
  reasoning = ""
  textAt = null
  reasoningAt = null

  constructor({ id, messageId, model, startedAt, now, cached = false }) {
    Object.assign(this, { id, messageId, model, startedAt, cached })
    this.heardAt = now
  }

  get last() {
    return this.#log.last
  }
  get needsResume() {
    return this.#log.needsResume
  }

  get stage() {
    if (this.text) return "writing"
    return this.reasoning ? "thinking" : "waiting"
  }

  /** The whole, growing text of the message: what was `stored` before, then what is generated. */
  textAfter(stored) {
    return new GrowingText(stored, () => this.text)
  }
  reasoningAfter(stored) {
    return new GrowingText(stored, () => this.reasoning)
  }

  accept(entry, now) {
    this.heardAt = now
    return this.#applied(this.#log.accept(entry), now)
  }

  hold(now) {
    this.heardAt = now
    return this.#log.hold()
  }

  release(now) {
    return this.#applied(this.#log.release(), now)
  }

  fill(after, entries, seq, now) {
    this.heardAt = now
    return this.#applied(this.#log.fill(after, entries, seq), now)
  }

  #applied(entries, now) {
    for (const { kind, text } of entries) {
      if (kind === "end") continue
      const field = kind === "reasoning" ? "reasoning" : "text"
      this[field] += text
      this[`${field}At`] ??= now
    }
    return entries
  }
}

/** Can be read like a string without copying the text. */
class GrowingText {
  #stored
  #generated

  constructor(stored, generated) {
    this.#stored = stored
    this.#generated = generated
  }

  get length() {
    return this.#stored.length + this.#generated().length
  }

  slice(from, to = this.length) {
    const { length } = this.#stored
    const generated = this.#generated().slice(Math.max(0, from - length), Math.max(0, to - length))
    return from < length ? this.#stored.slice(from, to) + generated : generated
  }

  toString() {
    return this.#stored + this.#generated()
  }
}
