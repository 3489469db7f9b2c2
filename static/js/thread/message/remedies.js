/** What a person can do about an answer's error: sentences by code come from the catalogue, deeds from here. */
/** Where another model helps: sooner than asking this one again, or where that fails once more. */
const ANOTHER_FIRST = new Set(["provider_auth", "model_not_found", "provider_unavailable", "context_too_long"])
const ANOTHER_TOO = new Set(["rate_limited", "provider_error"])

/** The error that a message shows: its own, or what its status says. */
export function errorOf(message) {
  if (message.status === "interrupted") return message.error ?? { code: "worker_lost", message: "" }
  return message.status === "failed" ? message.error ?? { code: "internal", message: "" } : null
}

/** Names of the remedies, the best one first. The answer was asked for with so many `turns`, its question the last. */
export function remedies(message, { turns }) {
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
