import { displayName } from "../../base/model_names.js"
import { html, nothing } from "../../ui/lit.js"
import { inWords } from "./answer_errors.js"

/** @import { Translate } from "../../base/translator.js" */
/** @typedef {(id: string) => string} ModelName the name of a model by its id */

/** Reasons to finish that are told. */
const ENDS = {
  length: "endedByLength",
  content_filter: "endedByFilter",
  refusal: "endedByRefusal",
  tool_calls: "endedByTool",
}

/**
 * What a person should know of an answer, as sentences: how it ended, and how it was made.
 * @param {Wire.Message} message
 * @param {Translate} t
 */
export function remarksOf({ status, finish_reason: reason, notices = [] }, t) {
  const ended = status === "complete" && Object.hasOwn(ENDS, reason ?? "") ? [t(ENDS[reason])] : []
  return [...ended, ...notices.map(({ text, values }) => t(text, inWords(values, t)))]
}

/**
 * @param {Wire.Message} message
 * @param {Translate} t
 */
export function remarksTemplate(message, t) {
  const remarks = remarksOf(message, t)
  if (remarks.length === 0) return nothing
  return html`<ul class="remarks" data-testid="remarks">${remarks.map((remark) => html`<li>${remark}</li>`)}</ul>`
}

/**
 * The name of the model that has answered, and of the one that was asked if that is another; null while unknown.
 * @param {Wire.Message} message
 * @param {ModelName} modelName
 * @returns {{ name: string, asked: string | null } | null}
 */
export function answeredBy({ model, answered_by: answered }, modelName) {
  if (!answered) return model ? { name: modelName(model), asked: null } : null
  const name = displayName(answered)
  const isAsked =
    !model || [modelName(model), displayName(model)].some((one) => one === name || one.endsWith(`/${name}`))
  return isAsked ? { name: model ? modelName(model) : name, asked: null } : { name, asked: modelName(model) }
}
