import { html, nothing } from "./lit.js"
import { known } from "./strings.js"

/**
 * One error and what to do about it. `deeds` are {testid, label, act}; with `until` they wait for that time
 * (ms since the epoch) and the first one counts down.
 */
export function errorTemplate({ error, title, kept = false, deeds, until = 0, t, format, now = Date.now() }) {
  const left = until - now
  const label = (deed, first) => first && left > 0
    ? t("retryIn", { time: format.duration(Math.ceil(left / 1000) * 1000) })
    : deed.label
  return html`
    <div class="oops" data-testid="error" data-code=${error.code}>
      <p class="oops__text"><strong>${title ?? sentence(error, t)}</strong>
        ${error.message ? html` <span class="oops__detail">${error.message}</span>` : nothing}
        ${kept ? html` ${t("partKept")}` : nothing}</p>
      <div class="oops__deeds">${deeds.map((deed, index) => html`
        <button type="button" class="button ${index === 0 ? "button--first" : ""}" data-testid=${deed.testid}
          ?disabled=${left > 0 && deed.waits} @click=${deed.act}>${label(deed, deed.waits)}</button>`)}</div>
    </div>`
}

function sentence(error, t) { return t(known(error.code) ? error.code : "failed") }
