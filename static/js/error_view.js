import { errorLine, errorWords } from "./error_words.js"
import { html, nothing } from "./lit.js"

const HANGUL = /\p{Script=Hangul}/u

/**
 * One error and what to do about it. `deeds` are {testid, label, act}; with `until` they wait for that time
 * (ms since the epoch) and the first one counts down.
 */
export function errorTemplate({ error, title, kept = false, deeds, until = 0, t, format, locale, now = Date.now() }) {
  const left = until - now
  const label = (deed, first) => first && left > 0
    ? t("retryIn", { time: format.countdown(left) })
    : deed.label
  return html`
    <div class="oops" data-testid="error" data-code=${error.code}>
      <p class="oops__text"><strong>${title ?? sentence(error, t)}</strong>${kept ? html` ${t("partKept")}` : nothing}</p>
      ${error.message ? detail(error, t, locale) : nothing}
      <div class="oops__deeds">${deeds.map((deed, index) => html`
        <button type="button" class="button ${index === 0 ? "button--first" : ""}" data-testid=${deed.testid}
          ?disabled=${left > 0 && deed.waits} @click=${deed.act}>${label(deed, deed.waits)}</button>`)}</div>
    </div>`
}

/** What happened. What others said of it in another language than the reader's is for who asks for it. */
function detail(error, t, locale) {
  const { own, said } = errorWords(error, t)
  const lang = HANGUL.test(said) ? "ko" : "en"
  if (!said || locale.startsWith(lang)) {
    return html`<p class="oops__detail" data-testid="error-detail">${errorLine(error, t)}</p>`
  }
  return html`
    ${own ? html`<p class="oops__detail">${own}</p>` : nothing}
    <details class="oops__detail" data-testid="error-detail">
      <summary>${t("errorDetail")}</summary><p lang=${lang}>${said}</p></details>`
}

function sentence(error, t) { return t(t.known(error.code) ? error.code : "failed") }
