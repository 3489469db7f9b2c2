import { Emitter } from "../base/emitter.js"
import { icons } from "../ui/icons.js"
import { html, nothing } from "../ui/lit.js"

/** @import { Boot } from "../app.js" */
/** @import { Translate } from "../base/translator.js" */
/** @import { ModelChoice } from "../state/model_choice.js" */
/** @import { Clipboard } from "../ui/clipboard.js" */
/** @import { Shortcuts } from "../ui/shortcuts.js" */

/**
 * How the operator connects a model: a line of `.env`.
 * @typedef {{ name: string, line: string }} Hint
 */

/** The example questions. */
const EXAMPLES = [
  { icon: "table", kind: "kindTable", question: "exampleTable" },
  { icon: "brackets", kind: "kindCode", question: "exampleCode" },
  { icon: "formula", kind: "kindMath", question: "exampleMath" },
  { icon: "edit", kind: "kindWriting", question: "exampleWriting" },
]
/** The number of alternatives offered for an unreachable model. */
const OTHERS = 3

/**
 * The empty page: examples, the model, and what to do if it is unreachable.
 * Emits "changed" to have the template drawn again.
 * @extends {Emitter<{ changed: [] }>}
 */
export class WelcomeView extends Emitter {
  #t
  #boot
  #models
  #clipboard
  #shortcuts
  #actions
  /** @type {Hint | null} */
  #copied = null

  /**
   * @param {{ t: Translate, boot: Boot, models: ModelChoice, clipboard: Clipboard, shortcuts: Shortcuts,
   *   actions: { ask: (text: string) => void, settings: () => void, shortcuts: () => void,
   *     choose: (model: string) => unknown, nameModel: () => unknown } }} parts
   */
  constructor({ t, boot, models, clipboard, shortcuts, actions }) {
    super()
    this.#t = t
    this.#boot = boot
    this.#models = models
    this.#clipboard = clipboard
    this.#shortcuts = shortcuts
    this.#actions = actions
  }

  template() {
    const t = this.#t
    return html`
      <section class="welcome" data-testid="welcome">
        <h2 class="welcome__title">${t("welcome")}</h2>
        ${this.#model()}
        <ul class="welcome__examples">${EXAMPLES.map((example) => this.#example(example))}</ul>
        ${this.#boot.demo ? this.#demo() : nothing}
        ${this.#links()}
      </section>`
  }

  #example({ icon, kind, question }) {
    const text = this.#t(question)
    return html`
      <li><button type="button" class="welcome__example" data-testid="example" @click=${() => this.#actions.ask(text)}>
        <span class="welcome__kind">${icons[icon]}${this.#t(kind)}</span>
        <span data-testid="example-question">${text}</span></button></li>`
  }

  /** The model, or why it is unreachable and what else there is. */
  #model() {
    const t = this.#t
    const { loaded, name, current, groups } = this.#models
    if (loaded && groups.length === 0) return this.#noModel()
    const problem = current === null ? null : this.#models.problemOf(current)
    if (problem !== null) return this.#unreachable(problem)
    return html`<p class="welcome__model">${name ? t("answersWith", { model: name }) : nothing}</p>`
  }

  #noModel() {
    const t = this.#t
    return html`
      <div class="welcome__trouble" data-testid="no-model">
        <p><strong>${t("noModelTitle")}</strong></p>
        <p class="welcome__why">${t("noModelWhy")}</p>
        ${
          this.#models.takesOthers
            ? html`
          <div class="welcome__deeds"><button type="button" class="button" data-testid="name-model"
            @click=${() => this.#actions.nameModel()}>${t("modelByName")}</button></div>`
            : nothing
        }
      </div>`
  }

  #unreachable(problem) {
    const t = this.#t
    const { name, current } = this.#models
    const others = this.#models.alternativesTo(current, { elsewhere: true }).slice(0, OTHERS)
    return html`
      <div class="welcome__trouble" data-testid="model-away">
        <p><strong>${t("modelAway", { model: name })}</strong></p>
        ${problem ? html`<p class="welcome__why">${problem}</p>` : nothing}
        ${others.length > 0 ? html`<p class="welcome__why">${t("modelAwayOthers")}</p>` : nothing}
        <div class="welcome__deeds">${others.map(
          (id) => html`
          <button type="button" class="button" data-testid="other-model" @click=${() => this.#actions.choose(id)}>
            ${this.#models.nameOf(id)}</button>`,
        )}</div>
      </div>`
  }

  #demo() {
    return html`
      <div class="welcome__demo" data-testid="demo">
        <p>${this.#t("demoNotice")}</p>
        <details class="welcome__connect" data-testid="connect-model">
          <summary>${this.#t("demoConnect")}</summary>
          <p>${this.#t("demoConnectHow")}</p>
          <dl class="welcome__hints">${this.#boot.hints.map((hint) => this.#hint(hint))}</dl>
        </details>
      </div>`
  }

  #hint(hint) {
    const t = this.#t
    const copied = this.#copied === hint
    const label = t(copied ? "copied" : "copy")
    return html`
      <dt>${hint.name}</dt>
      <dd><code>${hint.line}</code>
        <button type="button" class="welcome__copy" data-testid="copy-hint" title=${label} aria-label="${label}: ${hint.name}"
          @click=${() => this.#copy(hint)}>${copied ? icons.check : icons.copy}</button></dd>`
  }

  /** Links to settings and shortcuts. */
  #links() {
    const t = this.#t
    const { keys, caps } = this.#shortcuts.of("shortcuts")
    return html`
      <p class="welcome__ways">
        <button type="button" class="welcome__way" data-testid="welcome-settings" @click=${() => this.#actions.settings()}>
          ${icons.tuner}${t("welcomeSettings")}</button>
        <button type="button" class="welcome__way welcome__way--keys" data-testid="welcome-shortcuts" aria-keyshortcuts=${keys}
          @click=${() => this.#actions.shortcuts()}>
          ${icons.keyboard}${t("shortcuts")}<span aria-hidden="true">${caps.map((cap) => html`<kbd>${cap}</kbd>`)}</span></button>
      </p>`
  }

  async #copy(hint) {
    if (!(await this.#clipboard.copy(hint.line))) return
    this.#copied = hint
    this.emit("changed")
  }
}
