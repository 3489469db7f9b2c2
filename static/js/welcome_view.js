import { html, nothing } from "./lit.js"
import { icons } from "./icons.js"

const EXAMPLES = ["example1", "example2", "example3", "example4"]

/** The empty page: what one could ask, and who would answer. */
export class WelcomeView {
  #t
  #boot
  #models
  #clipboard
  #ask
  #copied = null
  #changed

  constructor({ t, boot, models, clipboard, ask, changed }) {
    this.#t = t
    this.#boot = boot
    this.#models = models
    this.#clipboard = clipboard
    this.#ask = ask
    this.#changed = changed
  }

  template() {
    const { name } = this.#models
    return html`
      <section class="welcome" data-testid="welcome">
        <h2 class="welcome__title">${this.#t("welcome")}</h2>
        <p class="welcome__model">${name ? this.#t("answersWith", { model: name }) : nothing}</p>
        <ul class="welcome__examples">${EXAMPLES.map((key) => html`
          <li><button type="button" class="welcome__example" data-testid="example"
            @click=${() => this.#ask(this.#t(key))}>${this.#t(key)}</button></li>`)}</ul>
        ${this.#boot.demo ? this.#demo() : nothing}
      </section>`
  }

  #demo() {
    return html`
      <aside class="welcome__demo" data-testid="demo">
        <p>${this.#t("demoNotice")}</p>
        <dl class="welcome__hints">${this.#boot.hints.map((hint) => html`
          <dt>${hint.name}</dt>
          <dd><code>${hint.line}</code>
            <button type="button" class="welcome__copy" data-testid="copy-hint" title=${this.#t("copy")}
              aria-label="${this.#t("copy")}: ${hint.name}" @click=${() => this.#copy(hint)}>
              ${this.#copied === hint ? icons.check : icons.copy}</button></dd>`)}</dl>
      </aside>`
  }

  async #copy(hint) {
    if (!await this.#clipboard.copy(hint.line)) return
    this.#copied = hint
    this.#changed()
  }
}
