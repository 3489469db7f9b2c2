import { displayName } from "../../base/model_names.js"

/** @import { Translate } from "../../base/translator.js" */

const BRIEF_CHARACTERS = 240
const BRIEF_LINES = 4
const SETTING_IN_FILE = /^(\S+) in (\S+\.toml)$/

/**
 * What helps against the errors of each code, best first. `continue` is left out where nothing was received, `shorten`
 * where there are no earlier turns. The first two are also left out where they cannot help.
 */
const REMEDIES = {
  provider_auth: ["continue", "otherModel", "regenerate"],
  provider_forbidden: ["continue", "otherModel", "regenerate"],
  quota_exceeded: ["continue", "otherModel", "regenerate"],
  model_not_found: ["continue", "otherModel", "regenerate"],
  provider_unavailable: ["continue", "otherModel", "regenerate"],
  context_too_long: ["shorten", "otherModel", "regenerate"],
  not_allowed: ["settings", "regenerate", "otherModel"],
  rate_limited: ["continue", "regenerate", "otherModel"],
  content_refused: ["regenerate", "otherModel"],
  empty_answer: ["settings", "regenerate", "otherModel"],
  provider_error: ["continue", "regenerate", "otherModel"],
  provider_timeout: ["continue", "regenerate"],
  too_large: ["continue", "regenerate"],
  worker_lost: ["continue", "regenerate"],
  internal: ["continue", "regenerate"],
}

/**
 * The error of a message, or one implied by its status; null if there is none.
 * @param {Wire.Message} message
 * @returns {Wire.AnswerError | null}
 */
export function errorOf(message) {
  if (message.status === "interrupted") return message.error ?? { code: "worker_lost", message: "" }
  return message.status === "failed" ? (message.error ?? { code: "internal", message: "" }) : null
}

/** The code of an error; one that is not known here is one of the provider's. */
const codeOf = ({ code }) => (Object.hasOwn(REMEDIES, code) ? code : "provider_error")

/**
 * The names of the remedies, best first. `turns` is the number of questions in the prompt.
 * @param {Wire.Message} message
 * @param {{ turns: number }} context
 */
export function remediesFor(message, { turns }) {
  const error = errorOf(message)
  const code = codeOf(error)
  const { max_tokens: most, max_completion_tokens: mostOfAnswer } = message.options ?? {}
  const helps = {
    continue: message.status === "interrupted" || message.content !== "",
    shorten: turns > 1,
    settings: code === "not_allowed" || (most ?? mostOfAnswer) !== undefined,
  }
  const remedies = REMEDIES[code].filter((name) => helps[name] ?? true)
  // A server that says when it is back is waited for.
  const isBackSoon = code === "provider_unavailable" && error.retry_after
  return isBackSoon ? [...remedies.filter((name) => name !== "otherModel"), "otherModel"] : remedies
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
 * The values of a sentence, with an option called by the name that its field has in the settings, a model by its own,
 * and a setting by its place in its file.
 * @param {Record<string, any>} values
 * @param {Translate} t
 */
export function inWords(values, t) {
  const label = `setting_${values?.option}`
  const option = t.known(label) ? { option: t(label) } : {}
  const model = typeof values?.model === "string" ? { model: displayName(values.model) } : {}
  const all = Object.entries(values ?? {}).map(([name, value]) => [name, settingInWords(value, t)])
  return { ...Object.fromEntries(all), ...option, ...model }
}

/** The name of a setting with its file, such as `providers.home.base_url in chatapp.toml`; other values as they are. */
function settingInWords(value, t) {
  const [, name, file] = SETTING_IN_FILE.exec(value) ?? []
  return name ? t("settingInFile", { name, file }) : value
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
  return t(codeOf(error))
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

/**
 * The beginning of a long message, in one paragraph: a proxy's HTML page or a server's JSON must not fill the screen.
 * @param {string} said
 */
export function excerpt(said) {
  if ([...said].length <= BRIEF_CHARACTERS && said.split("\n").length <= BRIEF_LINES) return said
  const brief = [...said.replaceAll(/\s+/g, " ").trim()].slice(0, BRIEF_CHARACTERS)
  return `${brief.join("").trimEnd()}…`
}
