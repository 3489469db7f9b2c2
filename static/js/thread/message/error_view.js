import { html, nothing } from "../../ui/lit.js"
import { errorDetail, errorHeadline, errorWords } from "./answer_errors.js"

/** @import { Format } from "../../base/format.js" */
/** @import { Translate } from "../../base/translator.js" */
/** @typedef {{ testid: string, label: string, act: (event: Event) => unknown, waits?: boolean }} ErrorButton */

const HANGUL = /\p{Script=Hangul}/u
/** The code whose own sentence already says that the partial answer is kept. */
const TELLS_KEPT = "worker_lost"

/**
 * An error and its remedies. Buttons that wait are disabled until `until` (ms since the epoch).
 * @param {{ error: Wire.AnswerError, title?: string, kept?: boolean, buttons: ErrorButton[], until?: number,
 *   t: Translate, format: Format, locale: string, now?: number }} parts
 */
export function errorTemplate({ error, title, kept = false, buttons, until = 0, t, format, locale, now = Date.now() }) {
  const left = until - now
  const label = (button, first) => (first && left > 0 ? t("retryIn", { time: format.countdown(left) }) : button.label)
  return html`
    <div class="oops" data-testid="error" data-code=${error.code}>
      <p class="oops__text"><strong>${title ?? errorHeadline(error, t, { kept })}</strong>${
        kept && !(error.detail && error.code === TELLS_KEPT) ? html` ${t("partKept")}` : nothing
      }</p>
      ${errorDetail(error, t) ? detailTemplate(error, t, locale) : nothing}
      <div class="oops__deeds">${buttons.map(
        (button, index) => html`
        <button type="button" class="button ${index === 0 ? "button--first" : ""}" data-testid=${button.testid}
          ?disabled=${left > 0 && button.waits} @click=${button.act}>${label(button, button.waits)}</button>`,
      )}</div>
    </div>`
}

/** The provider's message, collapsed if not in the page's language; or where the operator finds it. */
function detailTemplate(error, t, locale) {
  const { said } = errorWords(error, t)
  const lang = HANGUL.test(said) ? "ko" : "en"
  if (!said || locale.startsWith(lang))
    return html`<p class="oops__detail" data-testid="error-detail">${errorDetail(error, t)}</p>`
  return html`
    <details class="oops__detail" data-testid="error-detail">
      <summary>${t("errorDetail")}</summary><p lang=${lang}>${said}</p></details>`
}
