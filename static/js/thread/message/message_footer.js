import { icons } from "../../ui/icons.js"
import { html, nothing } from "../../ui/lit.js"
import { answeredBy } from "./remarks.js"

/** @import { MessageContext } from "./message_view.js" */

/**
 * `stage` is shown while the answer runs.
 * @typedef {Pick<MessageContext, "t" | "format" | "actions" | "modelName"> & { message: Wire.Message, copied: boolean,
 *   stage: HTMLElement | null, handlers: Record<string, ((opener: HTMLElement) => unknown) | null> }} FooterRow
 */

/**
 * The row under a message: facts and actions. `handlers` are functions by name, null for actions that become possible
 * when the answer has ended: their space is reserved, so that nothing moves. Copying is available first, so it is last
 * in the row.
 * @param {FooterRow} row
 */
export function footerTemplate(row) {
  const { handlers, copied } = row
  const copy = copied ? { icon: icons.check, label: "copied" } : { icon: icons.copy }
  return html`
    <footer class="under">
      ${row.message.role === "assistant" ? html`<div class="under__facts">${row.stage ?? figuresTemplate(row)}</div>` : nothing}
      ${branchSwitcher(row)}
      <span class="under__actions">
        ${"edit" in handlers ? actionButton(row, "edit", { icon: icons.edit }) : nothing}
        ${"continue" in handlers ? actionButton(row, "continue", { icon: icons.onward }) : nothing}
        ${"regenerate" in handlers ? regenerateButtons(row) : nothing}
        ${"details" in handlers ? actionButton(row, "details", { icon: icons.info, popup: "dialog" }) : nothing}
        ${"copy" in handlers ? actionButton(row, "copy", copy) : nothing}
      </span>
    </footer>`
}

/**
 * @param {FooterRow} row
 * @param {string} name
 */
function actionButton({ t, handlers }, name, { icon, label = name, popup = null }) {
  return html`
    <button type="button" class="under__action" data-testid=${name} ?data-later=${!handlers[name]} title=${t(label)}
      aria-haspopup=${popup ?? nothing} aria-expanded=${popup ? "false" : nothing}
      @click=${(event) => handlers[name]?.(event.currentTarget)}>
      ${icon}<span class="under__word">${t(label)}</span></button>`
}

/**
 * Regenerate, and a menu to do so with another model.
 * @param {FooterRow} row
 */
function regenerateButtons(row) {
  const { t, handlers } = row
  return html`
    <span class="under__split">
      ${actionButton(row, "regenerate", { icon: icons.again })}
      <button type="button" class="under__action under__caret" data-testid="regenerate-with"
        ?data-later=${!handlers.regenerateWith} aria-haspopup="menu" aria-expanded="false" aria-label=${t("regenerateWith")}
        title=${t("regenerateWith")} @click=${(event) => handlers.regenerateWith?.(event.currentTarget)}>${icons.caret}</button>
    </span>`
}

/** @param {FooterRow} row */
function branchSwitcher({ t, message, actions }) {
  const siblings = message.sibling_ids ?? []
  if (siblings.length < 2) return nothing
  const at = siblings.indexOf(message.id)
  const total = siblings.length
  const arrow = (testid, label, icon, target) => html`
    <button type="button" class="under__arrow" data-testid=${testid} aria-label=${t(label)} title=${t(label)}
      ?disabled=${target === undefined} @click=${() => actions.selectBranch(target)}>${icon}</button>`
  return html`
    <span class="under__branches" role="group" aria-label=${t("branchOf", { n: at + 1, total })}>
      ${arrow("branch-prev", "branchPrevious", icons.previous, siblings[at - 1])}
      <span data-testid="branch-count">${at + 1} / ${total}</span>
      ${arrow("branch-next", "branchNext", icons.next, siblings[at + 1])}
    </span>`
}

/**
 * The model that has answered, and by its title which one was asked if that is another.
 * @param {FooterRow} row
 */
function modelTemplate({ t, message, modelName }) {
  const model = answeredBy(message, modelName)
  if (!model) return nothing
  const title = model.asked ? t("modelAsked", { model: model.asked }) : model.name
  return html`<span class="under__model" data-testid="answered-by" title=${title}>${model.name}</span>`
}

/** @param {Pick<FooterRow, "t" | "format" | "message">} row */
function savedMark({ t, format, message: { cached_at: at } }) {
  const when = at
    ? html`<span class="badge__when"> · <time datetime=${at} title=${format.moment(at)}>${format.ago(at)}</time></span>`
    : nothing
  return html`<span class="badge" data-testid="cached" title=${t("cachedWhy")}>${t("cached")}${when}</span>`
}

/**
 * Most important first: what does not fit is in the details.
 * @param {FooterRow} row
 */
function figuresTemplate(row) {
  const { t, format, message } = row
  const { timings, usage, cached, status } = message
  const parts = [
    timings?.first_token_ms != null && !cached
      ? t("firstToken", { time: format.duration(timings.first_token_ms) })
      : null,
    cached ? null : format.speed(usage, timings),
    usage?.completion_tokens ? t("tokens", { n: format.number(usage.completion_tokens) }) : null,
  ]
  return html`
    <p class="under__figures" data-testid="figures">
      ${cached ? savedMark({ t, format, message }) : nothing}
      ${status === "stopped" ? html`<span>${t("stopped")}</span>` : nothing}
      ${modelTemplate(row)}
      ${parts.filter(Boolean).map((part) => html`<span>${part}</span>`)}
    </p>`
}
