/** @import { Translate } from "../../base/translator.js" */

/** Errors for which another model helps: offered before or after a retry. */
const ANOTHER_FIRST = new Set(["provider_auth", "model_not_found", "provider_unavailable", "context_too_long"])
const ANOTHER_TOO = new Set(["rate_limited", "provider_error", "not_allowed"])

/**
 * The error of a message, or one implied by its status; null if there is none.
 * @param {Wire.Message} message
 * @returns {Wire.AnswerError | null}
 */
export function errorOf(message) {
  if (message.status === "interrupted") return message.error ?? { code: "worker_lost", message: "" }
  return message.status === "failed" ? (message.error ?? { code: "internal", message: "" }) : null
}

/**
 * The names of the remedies, best first. `turns` is the number of questions in the prompt.
 * @param {Wire.Message} message
 * @param {{ turns: number }} context
 */
export function remediesFor(message, { turns }) {
  const { code } = errorOf(message)
  const isTooLong = code === "context_too_long"
  const isNotAllowed = code === "not_allowed"
  return [
    ...(isTooLong && turns > 1 ? ["shorten"] : []),
    ...(isNotAllowed ? ["settings"] : []),
    ...(!isTooLong && !isNotAllowed && (message.status === "interrupted" || message.content) ? ["continue"] : []),
    ...(ANOTHER_FIRST.has(code) ? ["otherModel"] : []),
    "regenerate",
    ...(ANOTHER_TOO.has(code) ? ["otherModel"] : []),
  ]
}

/**
 * The time of the next allowed retry, in ms since the epoch; 0 for now.
 * @param {Wire.Message} message
 * @param {number} now
 */
export function retryAt(message, now) {
  const seconds = errorOf(message)?.retry_after
  if (!seconds) return 0
  const endedAt = Date.parse(message.created_at) + (message.timings?.total_ms ?? 0)
  return Math.min(Number.isNaN(endedAt) ? now : endedAt, now) + seconds * 1000
}

/**
 * An error's text beside its code: `own`, our sentence in the user's language, and `said`, the provider's message.
 * Errors of answers are stored for users of any language, so they carry a text key and values; refused commands come
 * with a localized message.
 * @param {Wire.AnswerError} error
 * @param {Translate} t
 */
export function errorWords({ message = "", detail = null }, t) {
  if (!detail) return { own: "", said: message }
  return { own: t(detail.text, inWords(detail.values, t)), said: detail.said ?? "" }
}

/**
 * The values of a sentence, with an option called by the name that its field has in the settings.
 * @param {Record<string, any>} values
 * @param {Translate} t
 */
function inWords(values, t) {
  const label = `setting_${values?.option}`
  return t.known(label) ? { ...values, option: t(label) } : values
}

/**
 * What happened, in one sentence. `kept`: a part of the answer is kept.
 * @param {Wire.AnswerError} error
 * @param {Translate} t
 */
export function errorHeadline(error, t, { kept = false } = {}) {
  const { own } = errorWords(error, t)
  if (own) return own
  if (kept && error.code === "provider_unavailable") return t("brokenOff")
  return t(t.known(error.code) ? error.code : "failed")
}

/**
 * The provider's message, attributed if our own sentence stands above; else where the operator finds it; "" if there is
 * no more to say.
 * @param {Wire.AnswerError} error
 * @param {Translate} t
 */
export function errorDetail(error, t) {
  const { own, said } = errorWords(error, t)
  if (!said && error.reference) return t("errorReference", { reference: error.reference })
  if (said === errorHeadline(error, t)) return ""
  return own && said ? t("errorSaid", { said }) : said
}
