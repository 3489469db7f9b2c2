import { keyAction } from "../ui/enter_key.js"
import { icons } from "../ui/icons.js"
import { html, nothing, repeat } from "../ui/lit.js"
import { summarizeOptions } from "./settings_summary.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { ModelChoice } from "../state/model_choice.js" */
/** @import { Presets } from "../state/presets.js" */
/** @import { Settings } from "../state/settings.js" */
/** @import { Toasts } from "../ui/toasts.js" */

const NAME_LENGTH = 80

/** The presets: save the present settings, apply, rename, replace, delete. */
export class PresetsView {
  #presets
  #settings
  #models
  #t
  #toasts
  #actions
  #changed
  #problem = ""
  #renaming = null

  /**
   * `begin` applies a preset in a new conversation; `present` returns the current settings; `changed` redraws.
   * @param {{ presets: Presets, settings: Settings, models: ModelChoice, t: Translate, toasts: Toasts,
   *   actions: { apply: (preset: Wire.Preset) => unknown, begin: (preset: Wire.Preset) => unknown,
   *     present: () => Promise<Wire.Settings> },
   *   changed: () => void }} parts
   */
  constructor({ presets, settings, models, t, toasts, actions, changed }) {
    this.#presets = presets
    this.#settings = settings
    this.#models = models
    this.#t = t
    this.#toasts = toasts
    this.#actions = actions
    this.#changed = changed
  }

  template() {
    const t = this.#t
    const { items, loaded } = this.#presets
    return html`
      <form class="settings__form" @submit=${(event) => this.#submit(event)}>
        <div class="field">
          <label class="field__label" for="preset-name">${t("presetSave")}</label>
          <div class="presets__row">
            <input class="field__control" dir="auto" id="preset-name" name="name" required maxlength=${NAME_LENGTH} autocomplete="off"
              placeholder=${t("presetNameExample")} aria-describedby="preset-problem preset-present" data-testid="preset-name">
            <button class="button button--main" data-testid="preset-save">${t("save")}</button>
          </div>
          <p class="field__problem" id="preset-problem" role="alert" data-testid="preset-problem">${this.#problem}</p>
          <p class="field__hint" id="preset-present">${this.#summary(this.#settings.effective)}</p>
        </div>
      </form>
      ${loaded && items.length === 0 ? html`<p class="settings__about">${t("presetsNone")}</p>` : nothing}
      <ul class="presets" aria-label=${t("presets")}>${repeat(
        items,
        ({ id }) => id,
        (one) => this.#item(one),
      )}</ul>`
  }

  /** @param {Wire.Preset} preset */
  #item(preset) {
    const t = this.#t
    const { id, name } = preset
    const iconButton = (key, icon, act) => html`
      <button type="button" class="presets__icon" data-testid="preset-${key}" aria-label=${t(`preset_${key}_of`, { name })}
        title=${t(`preset_${key}`)} @click=${act}>${icon}</button>`
    const use = (key, act) => html`
      <button type="button" class="button" data-testid="preset-${key}" aria-label=${t(`preset_${key}_of`, { name })}
        ?disabled=${!this.#settings.isOpen} @click=${act}>${t(`preset_${key}`)}</button>`
    return html`
      <li class="presets__item" data-testid="preset" data-preset-id=${id}>
        <div class="presets__row">
          ${this.#renaming === id ? this.#field(preset) : html`<h3 class="presets__name" dir="auto">${name}</h3>`}
          ${iconButton("rename", icons.edit, () => this.#rename(id))}
          ${iconButton("remove", icons.trash, () => this.#remove(preset))}
        </div>
        <p class="field__hint">${this.#summary(preset)}</p>
        <div class="presets__uses">
          ${use("apply", () => this.#toasts.attempt(() => this.#actions.apply(preset)))}
          ${use("begin", () => this.#toasts.attempt(() => this.#actions.begin(preset)))}
          ${use("replace", () => this.#replace(preset))}
        </div>
      </li>`
  }

  /** @param {Wire.Settings} settings */
  #summary({ model, system_prompt: prompt, options }) {
    const t = this.#t
    const parts = [
      model ? this.#models.nameOf(model) : t("presetNoModel"),
      ...summarizeOptions(options).map(
        ([name, text]) => `${t.known(`setting_${name}`) ? t(`setting_${name}`) : name} ${text}`,
      ),
    ]
    return html`${parts.join(" · ")}${prompt ? html`<span class="presets__prompt" dir="auto">${prompt}</span>` : nothing}`
  }

  async #submit(event) {
    event.preventDefault()
    const field = event.target.elements.name
    const name = field.value.trim()
    this.#problem = this.#nameProblem(name)
    if (!this.#problem && (await this.#toasts.attempt(() => this.#keep(name)))) field.value = ""
    else field.focus()
    this.#changed()
  }

  async #keep(name) {
    await this.#presets.add(name, await this.#actions.present())
  }

  #nameProblem(name, except = null) {
    if (!name) return this.#t("presetNameEmpty")
    return this.#presets.has(name, except) ? this.#t("presetNameTaken", { name }) : ""
  }

  #rename(id) {
    this.#renaming = id
    this.#changed()
    /** @type {HTMLInputElement} */
    const field = document.querySelector("#preset-rename")
    field.select()
  }

  /** Validation errors are shown on Enter only: they would take the focus back on blur. */
  #field({ id, name }) {
    const end = async (event, { save, insists = false }) => {
      if (this.#renaming !== id) return
      const wanted = event.target.value.trim()
      const problem = save && wanted !== name ? this.#nameProblem(wanted, id) : ""
      event.target.setCustomValidity(problem)
      if (problem && insists) return event.target.reportValidity()
      this.#renaming = null
      if (save && wanted !== name && !problem)
        await this.#toasts.attempt(() => this.#presets.change(id, { name: wanted }))
      this.#changed()
    }
    const key = (event) => {
      const action = keyAction(event)
      if (!action) return
      event.preventDefault() // Esc must not close the dialog.
      end(event, { save: action !== "cancel", insists: true }).then(() => {
        if (this.#renaming !== id) this.#button(id, "rename")?.focus()
      })
    }
    return html`
      <input class="field__control" dir="auto" id="preset-rename" data-testid="preset-new-name" maxlength=${NAME_LENGTH}
        aria-label=${this.#t("presetNewName")} .value=${name} @keydown=${key}
        @input=${(event) => event.target.setCustomValidity("")} @blur=${(event) => end(event, { save: true })}>`
  }

  /** @param {Wire.Preset} preset */
  async #replace(preset) {
    await this.#toasts.attempt(async () => {
      const { model, system_prompt: prompt, options } = await this.#actions.present()
      await this.#presets.change(preset.id, { model, system_prompt: prompt, options })
      this.#undoable("presetReplaced", preset)
    })
  }

  /** @param {Wire.Preset} preset */
  async #remove(preset) {
    const { items } = this.#presets
    const next = items[items.findIndex(({ id }) => id === preset.id) + 1]
    await this.#toasts.attempt(async () => {
      await this.#presets.remove(preset.id)
      this.#undoable("presetRemoved", preset)
      const button = next ? this.#button(next.id, "remove") : document.getElementById("preset-name")
      button?.focus()
    })
  }

  #undoable(key, preset) {
    const act = () => this.#toasts.attempt(() => this.#presets.put(preset))
    this.#toasts.show(this.#t(key, { name: preset.name }), { label: this.#t("undo"), act })
  }

  #button(id, key) {
    return document.querySelector(`[data-preset-id="${id}"] [data-testid=preset-${key}]`)
  }
}
