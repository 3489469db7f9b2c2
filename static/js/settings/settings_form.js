import { html, nothing } from "../ui/lit.js"
import { modelOptions, OTHER_MODEL } from "./model_picker.js"
import { MANY } from "./model_search.js"
import { FIELDS, OTHERS, valueIn } from "./settings_fields.js"
import { SettingsFormState } from "./settings_form_state.js"

/** @import { Format } from "../base/format.js" */
/** @import { Translate } from "../base/translator.js" */
/** @import { ModelChoice } from "../state/model_choice.js" */
/** @import { ModelMenu } from "./model_menu.js" */
/** @import { ModelNameDialog } from "./model_name_dialog.js" */
/** @import { Scope } from "./settings_scopes.js" */

/** Placeholders of empty fields that do not fall back to the model's default. */
const EMPTY = { max_turns: "settingAll", stop: "settingPromptNone", others: "settingPromptNone" }
/** Fields in the collapsed section. */
const RARE = new Set(["top_p", "presence_penalty", "frequency_penalty", "seed", "stop", "others"])
const DIRECTIONS = { ArrowUp: 1, ArrowDown: -1 }

/** Model, system prompt and options as form fields. A field is saved on change, a long text also during a pause. */
export class SettingsForm {
  #context
  #scope
  #edit
  #root
  #showsRare = false

  /**
   * `root` contains the template. `scope` is what is edited; `edit` has its texts.
   * @param {{ context: { t: Translate, format: Format, models: ModelChoice, modelName: ModelNameDialog,
   *   modelMenu: ModelMenu }, scope: Scope, edit: SettingsFormState, root: HTMLElement }} parts
   */
  constructor({ context, scope, edit, root }) {
    this.#context = context
    this.#scope = scope
    this.#edit = edit
    this.#root = root
  }

  template() {
    const { t } = this.#context
    const fields = (rare) =>
      [...FIELDS, OTHERS].filter(({ name }) => RARE.has(name) === rare).map((one) => this.#field(one))
    // Keep it open while a field in it is being emptied.
    this.#showsRare ||= [...RARE].some((name) => this.#edit.text(name) !== "")
    return html`
      <form class="settings__form" data-scope=${this.#scope.name} @submit=${(event) => event.preventDefault()}>
        ${this.#model()}
        ${this.#prompt()}
        <div class="settings__grid">${fields(false)}</div>
        <details class="settings__rare" data-testid="settings-rare" ?open=${this.#showsRare}>
          <summary>${t("settingsRare")}</summary>
          <div class="settings__grid">${fields(true)}</div>
        </details>
      </form>`
  }

  /** Update the controls after each drawing, without touching equal values: one may be in composition. */
  sync() {
    const put = (name, text) => {
      /** @type {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement | null} */
      const control = this.#root.querySelector(`[data-scope=${this.#scope.name}] #setting-${name}`)
      if (control && control.value !== text) control.value = text
    }
    put("model", this.#scope.model ?? "")
    for (const name of SettingsFormState.names) put(name, this.#edit.text(name))
  }

  #model() {
    const { t, models } = this.#context
    const { model, noModel } = this.#scope
    if (models.choices.length >= MANY) return this.#labelled("model", t("model"), this.#modelButton())
    const control = html`
      <select class="field__control" id="setting-model" data-testid="setting-model"
        @change=${(event) => this.#chooseModel(event.target.value)}>
        ${noModel || !model ? html`<option value="">${noModel ?? t("chooseModel")}</option>` : nothing}
        ${modelOptions({ models, t, selected: model })}
        ${models.takesOthers ? html`<option value=${OTHER_MODEL}>${t("modelByName")}</option>` : nothing}
      </select>`
    return this.#labelled("model", t("model"), control)
  }

  /** Hundreds of models have to be searched. */
  #modelButton() {
    const { t, models, modelMenu } = this.#context
    const { model, noModel } = this.#scope
    const none = noModel ?? null
    const name = () => this.#chooseModel(OTHER_MODEL)
    const choose = (id) => this.#chooseModel(id)
    const shown = model ? models.nameOf(model) : (none ?? t("chooseModel"))
    return html`
      <button type="button" class="field__control field__control--list" id="setting-model" data-testid="setting-model"
        aria-haspopup="dialog" aria-expanded="false" aria-label="${t("model")}: ${shown}" title=${shown}
        @click=${(event) => modelMenu.open(event.currentTarget, { selected: model ?? "", choose, name, none })}
        >${shown}</button>`
  }

  async #chooseModel(value) {
    const id = value === OTHER_MODEL ? await this.#context.modelName.ask(this.#scope.model) : value || null
    if (id || value === "") this.#edit.try("model", () => this.#scope.chooseModel(id))
    else this.sync()
  }

  /** Not shown where the operator takes none. */
  #prompt() {
    const { t } = this.#context
    const name = "system_prompt"
    if (this.#scope.limits.system_prompt === 0 && !this.#edit.text(name)) return nothing
    const placeholder = this.#scope.inherited.system_prompt ?? t("settingPromptNone")
    return this.#labelled(
      name,
      t("setting_system_prompt"),
      html`
      <textarea class="field__control field__control--long" id="setting-system_prompt" rows="4" dir="auto"
        data-testid="setting-system_prompt" placeholder=${placeholder} aria-describedby=${this.#described(name)}
        aria-invalid=${this.#invalid(name)} @input=${(event) => this.#edit.type(name, event.target.value, { soon: true })}
        @change=${() => this.#edit.keep(name)}></textarea>`,
      t("settingHint_system_prompt"),
    )
  }

  /** A field offers no more than the operator allows of the model. */
  #field(general) {
    const { t } = this.#context
    const field = general.within(this.#scope.limits)
    const inherited = field.write(valueIn(this.#scope.inherited.options, field))
    const placeholder = inherited
      ? t("settingInherited", { value: inherited })
      : t(EMPTY[field.name] ?? "settingModelsOwn")
    const control = {
      number: () => this.#number(field, placeholder),
      choice: () => this.#choice(field, placeholder),
      lines: () => this.#lines(field, placeholder),
      json: () => this.#lines(field, placeholder),
    }[field.kind]()
    const values = { names: field.names?.join(", ") }
    const hint = t(`settingHint_${field.name}`, values)
    return this.#labelled(field.name, t(`setting_${field.name}`), control, `${hint}${this.#limit(field, general)}`)
  }

  /** What the operator allows of a number at most, if that is less than a model may take. */
  #limit({ most }, general) {
    const { t, format } = this.#context
    return most < general.most ? ` ${t("settingLimit", { most: format.number(most) })}` : ""
  }

  #number(field, placeholder) {
    const { name } = field
    return html`
      <input class="field__control" id="setting-${name}" data-testid="setting-${name}" autocomplete="off"
        inputmode=${field.least < 0 ? nothing : field.whole ? "numeric" : "decimal"} placeholder=${placeholder}
        aria-describedby=${this.#described(name)} aria-invalid=${this.#invalid(name)}
        @input=${(event) => this.#edit.type(name, event.target.value)} @change=${() => this.#edit.keep(name)}
        @keydown=${(event) => this.#step(event, field)}>`
  }

  #lines({ name, kind }, placeholder) {
    return html`
      <textarea class="field__control field__control--${kind}" id="setting-${name}" data-testid="setting-${name}" rows="2"
        spellcheck="false" placeholder=${placeholder} aria-describedby=${this.#described(name)}
        aria-invalid=${this.#invalid(name)} @input=${(event) => this.#edit.type(name, event.target.value)}
        @change=${() => this.#edit.keep(name)}></textarea>`
  }

  #choice({ name, choices }, placeholder) {
    const { t } = this.#context
    const present = this.#edit.text(name)
    const others = present && !choices.includes(present) ? [present] : []
    const choose = (event) => {
      this.#edit.type(name, event.target.value)
      this.#edit.keep(name)
    }
    return html`
      <select class="field__control" id="setting-${name}" data-testid="setting-${name}"
        aria-describedby=${this.#described(name)} @change=${choose}>
        <option value="">${placeholder}</option>
        ${choices.map((one) => html`<option value=${one}>${t(`effort_${one}`)}</option>`)}
        ${others.map((one) => html`<option value=${one}>${one}</option>`)}
      </select>`
  }

  #labelled(name, label, control, hint = "") {
    return html`
      <div class="field field--${name}">
        <label class="field__label" for="setting-${name}">${label}</label>
        ${control}
        <p class="field__problem" id="problem-${name}" role="alert" data-testid="problem-${name}">${this.#edit.problem(name)}</p>
        ${hint ? html`<p class="field__hint" id="hint-${name}">${hint}</p>` : nothing}
      </div>`
  }

  #described(name) {
    return `problem-${name} hint-${name}`
  }
  #invalid(name) {
    return this.#edit.problem(name) ? "true" : nothing
  }

  /** Arrow keys step a number, from the inherited value if none is set. */
  #step(event, field) {
    const direction = DIRECTIONS[event.key]
    if (!direction || event.isComposing) return
    event.preventDefault()
    const inherited = valueIn(this.#scope.inherited.options, field)
    event.target.value = field.stepped(event.target.value, direction, inherited)
    this.#edit.type(field.name, event.target.value, { soon: true })
  }
}
