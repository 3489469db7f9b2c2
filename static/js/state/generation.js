import { EntryLog } from "../net/entry_log.js"

/** One running answer as this tab knows it: its log, and the text and reasoning that came with it. */
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

  get last() { return this.#log.last }
  get needsResume() { return this.#log.needsResume }

  /** What the reader is waiting for: "waiting", "thinking" or "writing". */
  get stage() {
    if (this.text) return "writing"
    return this.reasoning ? "thinking" : "waiting"
  }

  accept(entry, now) {
    this.heardAt = now
    return this.#applied(this.#log.accept(entry), now)
  }

  hold(now) {
    this.heardAt = now
    return this.#log.hold()
  }

  release(now) { return this.#applied(this.#log.release(), now) }

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
