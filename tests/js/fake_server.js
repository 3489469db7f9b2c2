const MARK = "text_was_reasoning"

/**
 * A scripted server of one conversation: it keeps the log of one answer and returns facts, snapshots and
 * resumes by docs/protocol.md, so that a test can lose, repeat and reorder them.
 */
export class FakeServer {
  #entries = []
  #status = "running"
  #revision = 1

  /** `stored`: the text of the answer that is continued. */
  constructor({ conversationId = "c", generationId = "g", stored = "" } = {}) {
    this.stored = stored
    this.conversationId = conversationId
    this.generationId = generationId
    this.question = message({ id: "u", role: "user", content: "?", client_message_id: "k", sibling_ids: ["u"] })
    this.answer = message({ id: "a", role: "assistant", parent_id: "u", status: "running", sibling_ids: ["a"] })
    Object.assign(this.answer, { generation_id: generationId, content: stored })
  }

  get text() {
    return this.#entries.reduce((all, { kind, text }) => (kind === MARK ? "" : kind === "text" ? all + text : all), "")
  }
  get reasoning() {
    let [text, reasoning] = ["", ""]
    for (const entry of this.#entries) {
      if (entry.kind === "text") text += entry.text
      if (entry.kind === "reasoning") reasoning += entry.text
      if (entry.kind === MARK) [text, reasoning] = ["", reasoning + text]
    }
    return reasoning
  }
  get seq() {
    return this.#entries.length
  }

  /** Add to the answer; returns the token event. */
  speak(text, kind = "text") {
    this.#entries.push({ kind, text, seq: this.seq + 1 })
    return ["token", { id: this.generationId, seq: this.seq, text, ...(kind === "text" ? {} : { kind }) }]
  }

  /** Say that all text so far was reasoning; returns the token event. */
  move() {
    return this.speak("", MARK)
  }

  /** End the answer; returns the fact. */
  end(status = "complete") {
    const { text, reasoning } = this
    this.#status = status
    this.#entries.push({ kind: "end", text: "", seq: this.seq + 1 })
    Object.assign(this.answer, { status, content: this.stored + text, reasoning })
    return [
      "generation_ended",
      {
        conversation_id: this.conversationId,
        revision: ++this.#revision,
        generation_id: this.generationId,
        seq: this.seq,
        status,
        message: { ...this.answer },
      },
    ]
  }

  /** A fact of the conversation that changes nothing of this answer. */
  fact(name, payload) {
    return [name, { conversation_id: this.conversationId, revision: ++this.#revision, ...payload }]
  }

  /** The ack of open_conversation. */
  snapshot() {
    const running =
      this.#status === "running"
        ? [
            {
              generation_id: this.generationId,
              message_id: "a",
              model: "m",
              started_at: "2026-01-01T00:00:00.000Z",
              ...this.#after(0),
            },
          ]
        : []
    return {
      conversation: {
        id: this.conversationId,
        title: "t",
        active_leaf_id: "a",
        revision: this.#revision,
        model: "m",
        running: running.map(({ generation_id: id }) => id),
      },
      messages: [{ ...this.question }, { ...this.answer }],
      before: null,
      running,
    }
  }

  /** The ack of resume_generation. */
  resume(after) {
    const ended = this.#status !== "running"
    return {
      ...this.#after(after),
      status: this.#status,
      conversation_id: this.conversationId,
      message_id: "a",
      ...(ended ? { message: { ...this.answer } } : {}),
    }
  }

  /** Entries after a seq, neighbours of one kind merged. */
  #after(seq) {
    const merged = []
    for (const entry of this.#entries.slice(seq)) {
      if (entry.kind === "end") continue
      if (merged.at(-1)?.kind !== entry.kind) merged.push({ ...entry })
      else Object.assign(merged.at(-1), { text: merged.at(-1).text + entry.text, seq: entry.seq })
    }
    return { entries: merged, seq: this.seq }
  }
}

function message(fields) {
  return {
    parent_id: null,
    content: "",
    reasoning: "",
    status: "complete",
    error: null,
    client_message_id: null,
    generation_id: null,
    model: null,
    usage: null,
    timings: null,
    cached: false,
    ...fields,
  }
}
