import { html, nothing } from "../../ui/lit.js"
import { errorDetail, errorHeadline, errorWords, excerpt } from "./answer_errors.js"

/** @import { Format } from "../../base/format.js" */
/** @import { Translate } from "../../base/translator.js" */
/** @import { Clipboard } from "../../ui/clipboard.js" */
/** @typedef {{ testid: string, label: string, act: (event: Event) => unknown, waits?: boolean }} ErrorButton */
/**
 * What errors need beside what happened.
 * @typedef {{ t: Translate, format: Format, locale: string, clipboard: Clipboard,
 *   announce?: (key: string) => void }} ErrorContext
 */

const HANGUL = /\p{Script=Hangul}/u
/** The code whose own sentence already says that the partial answer is kept. */
const TELLS_KEPT = "worker_lost"
const COPIED_MS = 2000

/**
 * An error and its remedies. Buttons that wait are disabled until `until` (ms since the epoch).
 * @param {ErrorContext & { error: Wire.AnswerError, title?: string, kept?: boolean, buttons: ErrorButton[],
 *   until?: number, now?: number }} parts
 */
export function errorTemplate({ error, title, kept = false, buttons, until = 0, now = Date.now(), ...context }) {
  const { t, format } = context
  const left = until - now
  const label = (button, first) => (first && left > 0 ? t("retryIn", { time: format.countdown(left) }) : button.label)
  return html`
    <div class="oops" data-testid="error" data-code=${error.code}>
      <p class="oops__text"><strong>${title ?? errorHeadline(error, t, { kept })}</strong>${
        kept && !(error.detail && error.code === TELLS_KEPT) ? html` ${t("partKept")}` : nothing
      }</p>
      ${errorDetail(error, t) ? detailTemplate(error, context) : nothing}
      <div class="oops__deeds">${buttons.map(
        (button, index) => html`
        <button type="button" class="button ${index === 0 ? "button--first" : ""}" data-testid=${button.testid}
          ?disabled=${left > 0 && button.waits} @click=${button.act}>${label(button, button.waits)}</button>`,
      )}</div>
    </div>`
}

/**
 * The provider's message: in short, and whole on demand; only on demand if it is not in the page's language. Without it,
 * where the operator finds it.
 * @param {Wire.AnswerError} error
 * @param {ErrorContext} context
 */
function detailTemplate(error, context) {
  const { t, locale } = context
  const { own, said } = errorWords(error, t)
  if (!said) return html`<p class="oops__detail" data-testid="error-detail">${errorDetail(error, t)}</p>`
  const lang = HANGUL.test(said) ? "ko" : "en"
  const isForeign = !locale.startsWith(lang)
  const brief = excerpt(said)
  if (isForeign) return wholeTemplate(said, { testid: "error-detail", label: "errorDetail", lang, context })
  return html`
    <p class="oops__detail" data-testid="error-detail">${own ? t("errorSaid", { said: brief }) : brief}</p>
    ${brief === said ? nothing : wholeTemplate(said, { testid: "error-whole", label: "errorWhole", lang, context })}`
}

function wholeTemplate(said, { testid, label, lang, context }) {
  const { t } = context
  return html`
    <details class="oops__detail" data-testid=${testid}>
      <summary>${t(label)}</summary>
      <p class="oops__said" lang=${lang} tabindex="0" data-testid="error-said">${said}</p>
      <button type="button" class="oops__copy" data-testid="error-copy" @click=${(event) => copy(event, said, context)}>
        <span>${t("copy")}</span><span>${t("copied")}</span></button>
    </details>`
}

/** Which of the button's words is shown says whether it was copied just now. */
async function copy({ currentTarget: button }, said, { clipboard, announce }) {
  if (!(await clipboard.copy(said))) return
  announce?.("copied")
  button.dataset.copied = ""
  setTimeout(() => {
    delete button.dataset.copied
  }, COPIED_MS)
}
