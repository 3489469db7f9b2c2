import { icons } from "../../ui/icons.js"
import { html, render } from "../../ui/lit.js"
import { PopoverAnchor } from "../../ui/popover_anchor.js"
import { errorDetail, errorHeadline, errorOf, remediesFor } from "./answer_errors.js"
import { answeredBy } from "./remarks.js"

/** @import { Format } from "../../base/format.js" */
/** @import { Translate } from "../../base/translator.js" */
/** @import { ModelName } from "./remarks.js" */

const FINISH = {
  stop: "finishStop",
  length: "finishLength",
  content_filter: "finishFilter",
  refusal: "finishRefusal",
  tool_calls: "finishTool",
}
const REMEDY_LABELS = {
  continue: "continue",
  regenerate: "retry",
  shorten: "shorten",
  otherModel: "otherModel",
  settings: "settings",
}

/** A popover with all details of an answer. */
export class AnswerDetails {
  #root
  #t
  #format
  #modelName
  #anchor

  /**
   * `root` is a popover, shared by all answers.
   * @param {{ root: HTMLElement, t: Translate, format: Format, modelName: ModelName }} parts
   */
  constructor({ root, t, format, modelName }) {
    this.#modelName = modelName
    this.#root = root
    this.#t = t
    this.#format = format
    this.#anchor = new PopoverAnchor(root)
  }

  /**
   * @param {HTMLElement} opener
   * @param {Wire.Message} message
   * @param {number} turns the number of questions in its prompt
   */
  open(opener, message, turns) {
    if (this.#anchor.isAt(opener)) return this.#root.hidePopover()
    const t = this.#t
    const context = { t, format: this.#format, modelName: this.#modelName, turns }
    const row = ({ name, value }) =>
      html`<div data-testid="detail" data-name=${name}><dt>${t(name)}</dt><dd>${value}</dd></div>`
    render(
      html`
      <div class="details__head">
        <h2 class="details__title" id="details-title">${t("details")}</h2>
        <button type="button" class="details__close" data-testid="details-close" aria-label=${t("close")}
          title=${t("close")} @click=${() => this.#root.hidePopover()}>${icons.close}</button>
      </div>
      <dl class="details__rows">${detailRows(message, context).map(row)}</dl>`,
      this.#root,
    )
    this.#anchor.open(opener)
    this.#root.querySelector(".details__close").focus()
  }
}

/**
 * The details of an answer as [{name: text key, value}], without empty ones.
 * @param {Wire.Message} message
 * @param {{ t: Translate, format: Format, modelName: ModelName, turns: number }} context
 */
export function detailRows(message, { t, format, modelName, turns }) {
  const model = answeredBy(message, modelName)
  const { timings, usage, cached, created_at: createdAt, options } = message
  const time = (ms) => (ms == null ? null : format.duration(ms))
  const count = (n) => (n == null ? null : format.number(n))
  return [
    { name: "model", value: model?.name },
    { name: "detailAsked", value: model?.asked },
    { name: "detailOrigin", value: originOf(message, { t, format }) },
    { name: "detailFinish", value: finishOf(message, t) },
    { name: "detailQueued", value: time(timings?.queued_ms) },
    { name: "detailFirst", value: time(timings?.first_token_ms) },
    { name: "detailPace", value: cached ? null : format.speed(usage, timings) },
    { name: "detailTotal", value: time(timings?.total_ms) },
    { name: "detailTokensIn", value: count(usage?.prompt_tokens) },
    { name: "detailTokensOut", value: count(usage?.completion_tokens) },
    { name: "detailOptions", value: optionsOf(options) },
    { name: "detailCreated", value: createdAt ? format.moment(createdAt) : null },
    ...errorRows(message, { t, turns }),
  ].filter(({ value }) => value)
}

/**
 * @param {Wire.Message} message
 * @param {{ t: Translate, format: Format }} context
 */
function originOf({ cached, cached_at: at }, { t, format }) {
  if (!cached) return t("originFresh")
  return at ? t("originSavedAt", { moment: format.moment(at), ago: format.ago(at) }) : t("cached")
}

/**
 * How it ended; the provider's own word if there is no text for it.
 * @param {Wire.Message} message
 * @param {Translate} t
 */
function finishOf({ status, finish_reason: reason }, t) {
  if (status === "stopped") return t("finishStopped")
  if (status !== "complete" || !reason) return null
  return FINISH[reason] ? t(FINISH[reason]) : reason
}

function optionsOf(options) {
  return Object.entries(options ?? {})
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(", ")
}

function errorRows(message, { t, turns }) {
  const error = errorOf(message)
  if (!error) return []
  return [
    { name: "detailError", value: errorHeadline(error, t, { kept: message.content !== "" }) },
    {
      name: "detailRemedy",
      value: remediesFor(message, { turns })
        .map((name) => t(REMEDY_LABELS[name]))
        .join(" · "),
    },
    { name: "detailErrorSaid", value: errorDetail(error, t) },
  ]
}
