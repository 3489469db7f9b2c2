import { icons } from "./icons.js"
import { html, nothing } from "./lit.js"

/** The quiet row under a message: what it is, and what one can do with it. */
export function underTemplate(row) {
  return html`
    <footer class="under">
      ${branches(row)}
      ${row.stage ?? (row.message.role === "assistant" ? figures(row) : nothing)}
      <span class="under__actions">
        ${action(row, "edit", icons.edit, row.edit)}
        ${action(row, "continue", icons.onward, row.continue)}
        ${action(row, "regenerate", icons.again, row.regenerate)}
        ${action(row, "copy", row.copied ? icons.check : icons.copy, row.copy, row.copied ? "copied" : "copy")}
      </span>
    </footer>`
}

function action({ t }, name, icon, act, label = name) {
  if (!act) return nothing
  return html`
    <button type="button" class="under__action" data-testid=${name} title=${t(label)} @click=${act}>
      ${icon}<span class="under__word">${t(label)}</span></button>`
}

function branches({ t, message, actions }) {
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

function savedMark({ t, format, message: { cached_at: at } }) {
  const when = at ? html` · <time datetime=${at} title=${format.moment(at)}>${format.ago(at)}</time>` : nothing
  return html`<span class="badge" data-testid="cached" title=${t("cachedWhy")}>${t("cached")}${when}</span>`
}

function figures({ t, format, message }) {
  const { model, timings, usage, cached, status } = message
  const speed = cached ? null : format.speed(usage, timings)
  const parts = [
    status === "stopped" ? t("stopped") : null,
    model,
    timings?.first_token_ms != null && !cached ? t("firstToken", { time: format.duration(timings.first_token_ms) }) : null,
    speed,
    usage?.completion_tokens ? t("tokens", { n: format.number(usage.completion_tokens) }) : null,
  ]
  return html`
    <span class="under__figures">
      ${cached ? savedMark({ t, format, message }) : nothing}
      ${parts.filter(Boolean).map((part) => html`<span>${part}</span>`)}
    </span>`
}
