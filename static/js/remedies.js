/** What a person can do about an answer's error: sentences by code come from the catalogue, deeds from here. */
const TRY_ANOTHER_MODEL = new Set(["provider_auth", "model_not_found", "provider_unavailable"])

/** The error that a message shows: its own, or what its status says. */
export function errorOf(message) {
  if (message.status === "interrupted") return message.error ?? { code: "worker_lost", message: "" }
  return message.status === "failed" ? message.error ?? { code: "internal", message: "" } : null
}

/** Names of the remedies, the best one first. */
export function remedies(message) {
  const { code } = errorOf(message)
  const names = []
  if (message.status === "interrupted" || message.content) names.push("continue")
  if (TRY_ANOTHER_MODEL.has(code)) names.push("otherModel")
  if (code === "context_too_long") return ["shorten", "regenerate", "otherModel"]
  return [...names, "regenerate"]
}

/** When it may be tried again, in ms since the epoch; 0 for at once. */
export function retryAt(message, now) {
  const seconds = errorOf(message)?.retry_after
  if (!seconds) return 0
  const endedAt = Date.parse(message.created_at) + (message.timings?.total_ms ?? 0)
  return Math.min(Number.isNaN(endedAt) ? now : endedAt, now) + seconds * 1000
}
