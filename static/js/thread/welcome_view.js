import { Emitter } from "../base/emitter.js"
import { icons } from "../ui/icons.js"
import { html, nothing } from "../ui/lit.js"

/** @import { Boot } from "../app.js" */
/** @import { Presets } from "../state/presets.js" */
/** @import { Translate } from "../base/translator.js" */
/** @import { ModelChoice } from "../state/model_choice.js" */
/** @import { Clipboard } from "../ui/clipboard.js" */
/** @import { Shortcuts } from "../ui/shortcuts.js" */

/**
 * How the operator connects a model: a line of `.env`.
 * @typedef {{ name: string, line: string }} Hint
 */

/** What the demo can show: questions that are asked at once. */
const DEMONSTRATIONS = [
  { icon: "table", kind: "kindTable", text: "exampleTable" },
  { icon: "brackets", kind: "kindCode", text: "exampleCode" },
  { icon: "formula", kind: "kindMath", text: "exampleMath" },
  { icon: "edit", kind: "kindWriting", text: "exampleWriting" },
]
/** What people ask a model for: the beginning of a question, for the box. */
const BEGINNINGS = [
  { icon: "lines", kind: "kindSummary", text: "exampleSummary" },
  { icon: "edit", kind: "kindMail", text: "exampleMail" },
  { icon: "translate", kind: "kindTranslation", text: "exampleTranslation" },
  { icon: "brackets", kind: "kindError", text: "exampleError" },
]
/** The number of cards that presets leave room for. */
const CARDS = 4
const MOST_PRESETS = 6
/** The number of alternatives offered for an unreachable model. */
const OTHERS = 3

/**
 * The empty page: the model, what to do if it is unreachable, and cards with presets and examples. `head` and `starters`
 * are two templates: the box stands between them where there is room.
 * Emits "changed" to have the template drawn again.
 * @extends {Emitter<{ changed: [] }>}
 */
export class WelcomeView extends Emitter {
  #t
  #boot
  #models
  #presets
  #clipboard
  #shortcuts
  #actions
  /** @type {Hint | null} */
  #copied = null

  /**
   * @param {{ t: Translate, boot: Boot, models: ModelChoice, presets: Presets, clipboard: Clipboard, shortcuts: Shortcuts,
   *   actions: { ask: (text: string) => void, begin: (text: string) => void,
   *     usePreset: (preset: Wire.Preset) => unknown, settings: () => void, shortcuts: () => void,
   *     choose: (model: string) => unknown, nameModel: () => unknown } }} parts
   */
  constructor({ t, boot, models, presets, clipboard, shortcuts, actions }) {
    super()
    this.#t = t
    this.#boot = boot
    this.#models = models
    this.#presets = presets
    presets.on("changed", () => this.emit("changed"))
    this.#clipboard = clipboard
    this.#shortcuts = shortcuts
    this.#actions = actions
  }

  head() {
    return html`
      <section class="welcome" data-testid="welcome">
        <h2 class="welcome__title">${this.#t("welcome")}</h2>
        ${this.#model()}
      </section>`
  }

  starters() {
    const presets = this.#presets.items.slice(0, MOST_PRESETS)
    const examples = (this.#boot.demo ? DEMONSTRATIONS : BEGINNINGS).slice(0, Math.max(0, CARDS - presets.length))
    return html`
      <ul class="welcome__cards">
        ${presets.map((preset) => this.#preset(preset))}${examples.map((example) => this.#example(example))}</ul>
      ${this.#boot.demo ? this.#demo() : nothing}
      ${this.#links()}`
  }

  #preset(preset) {
    return html`
      <li><button type="button" class="welcome__card" data-testid="preset-card" @click=${() => this.#actions.usePreset(preset)}>
        <span class="welcome__kind">${icons.tuner}${this.#t("preset")}</span>
        <span class="welcome__text">${preset.name}</span></button></li>`
  }

  #example({ icon, kind, text }) {
    const question = this.#t(text)
    const { demo } = this.#boot
    const act = () => (demo ? this.#actions.ask(question) : this.#actions.begin(question))
    return html`
      <li><button type="button" class="welcome__card" data-testid="example" @click=${act}>
        <span class="welcome__kind">${icons[icon]}${this.#t(kind)}</span>
        <span class="welcome__text" data-testid="example-question">${question}</span></button></li>`
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
