import { ApiError } from "../net/api.js"

/** @import { Format } from "../base/format.js" */
/** @import { Translate } from "../base/translator.js" */

/** A form for a secret (password or code): sends it, shows errors, and waits out rate limits. */
export class SecretForm {
  #button
  #problem
  #t
  #format
  #label

  /**
   * `send` resolves when the secret was accepted; `wrong` returns the message for a wrong one; `refuse` returns why
   * nothing may be sent now, or null. `field` returns the active text field.
   * @param {{ form: HTMLFormElement, button: HTMLButtonElement, problem: HTMLElement, t: Translate, format: Format,
   *   label: string, field: () => HTMLInputElement, send: (secret: string) => Promise<unknown>, wrong: () => string,
   *   accepted: () => void, refuse?: () => string | null }} parts
   */
  constructor({ form, button, problem, t, format, label, field, send, wrong, accepted, refuse = () => null }) {
    this.#button = button
    this.#problem = problem
    this.#t = t
    this.#format = format
    this.#label = label
    button.textContent = label
    form.addEventListener("submit", async (event) => {
      event.preventDefault()
      problem.textContent = refuse() ?? ""
      if (!problem.textContent && (await this.#try(send, field, wrong))) accepted()
    })
  }

  /** Remove the message about an earlier secret. */
  clear() {
    this.#problem.textContent = ""
  }

  async #try(send, field, wrong) {
    this.#button.disabled = true
    try {
      await send(field().value)
      return true
    } catch (error) {
      this.#problem.textContent = this.#sentence(error, wrong())
      field().select()
      this.#countDown(Date.now() + (error.retryAfter ?? 0) * 1000)
      return false
    }
  }

  #sentence(error, wrong) {
    if (!(error instanceof ApiError)) return this.#t("unreachable")
    return { unauthenticated: wrong, rate_limited: this.#t("guessesTooMany") }[error.code] ?? error.message
  }

  #countDown(until) {
    const left = until - Date.now()
    const time = this.#format.countdown(left)
    this.#button.disabled = left > 0
    this.#button.textContent = left > 0 ? this.#t("retryIn", { time }) : this.#label
    if (left > 0) setTimeout(() => this.#countDown(until), Math.min(left, 1000))
  }
}
