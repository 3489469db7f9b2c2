/** Errors for which another model helps: sooner than asking this one again, or where that fails once more. */
const ANOTHER_FIRST = new Set(["provider_auth", "model_not_found", "provider_unavailable", "context_too_long"])
const ANOTHER_TOO = new Set(["rate_limited", "provider_error"])

/** The error that a message shows: its own, or what its status says. */
export function errorOf(message) {
  if (message.status === "interrupted") return message.error ?? { code: "worker_lost", message: "" }
  return message.status === "failed" ? message.error ?? { code: "internal", message: "" } : null
}

/** Names of the remedies, the best one first. The answer was asked for with so many `turns`, its question the last. */
export function remediesFor(message, { turns }) {
  const { code } = errorOf(message)
  const isTooLong = code === "context_too_long"
  return [
    ...(isTooLong && turns > 1 ? ["shorten"] : []),
    ...(!isTooLong && (message.status === "interrupted" || message.content) ? ["continue"] : []),
    ...(ANOTHER_FIRST.has(code) ? ["otherModel"] : []),
    "regenerate",
    ...(ANOTHER_TOO.has(code) ? ["otherModel"] : []),
  ]
}

/** When it may be tried again, in ms since the epoch; 0 for at once. */
export function retryAt(message, now) {
  const seconds = errorOf(message)?.retry_after
  if (!seconds) return 0
  const endedAt = Date.parse(message.created_at) + (message.timings?.total_ms ?? 0)
  return Math.min(Number.isNaN(endedAt) ? now : endedAt, now) + seconds * 1000
}

/**
 * What is known of an error beside its code: `own`, our sentence for it in the reader's language, and `said`, the
 * words of others as they came. An answer's error is kept, for readers of any language, so it carries what a sentence
 * is made of; what a server refuses, it refuses in the reader's language already.
 */
export function errorWords({ message = "", detail = null }, t) {
  if (!detail) return { own: "", said: message }
  return { own: t(detail.text, detail.values), said: detail.said ?? "" }
}

/** What happened, in one sentence: our own, or else what the code tells. `kept`: some of the answer had come. */
export function errorHeadline(error, t, { kept = false } = {}) {
  const { own } = errorWords(error, t)
  if (own) return own
  if (kept && error.code === "provider_unavailable") return t("brokenOff")
  return t(t.known(error.code) ? error.code : "failed")
}

/** What others said of it, as theirs where a sentence of our own stands above; "" where that is no more. */
export function errorDetail(error, t) {
  const { own, said } = errorWords(error, t)
  if (said === errorHeadline(error, t)) return ""
  return own && said ? t("errorSaid", { said }) : said
}
