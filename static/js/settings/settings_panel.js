import { html, nothing } from "../ui/lit.js"
import { Toasts } from "../ui/toasts.js"
import { PreferencesForm } from "./preferences_form.js"
import { PresetsView } from "./presets_view.js"
import { SettingsDialog } from "./settings_dialog.js"
import { SettingsForm } from "./settings_form.js"
import { SettingsFormState } from "./settings_form_state.js"
import { ConversationScope, DefaultsScope } from "./settings_scopes.js"
import { SettingsTab } from "./settings_tab.js"
import { UnsavedSettings } from "./unsaved_settings.js"

/** @import { Format } from "../base/format.js" */
/** @import { OwnerStorage } from "../base/owner_storage.js" */
/** @import { Translate } from "../base/translator.js" */
/** @import { LengthLimit } from "../composer/length_limit.js" */
/** @import { ModelChoice } from "../state/model_choice.js" */
/** @import { Preferences } from "../state/preferences.js" */
/** @import { Presets } from "../state/presets.js" */
/** @import { Router } from "../state/router.js" */
/** @import { Settings } from "../state/settings.js" */
/** @import { ModelMenu } from "./model_menu.js" */
/** @import { ModelNameDialog } from "./model_name_dialog.js" */
/** @import { Scope } from "./settings_scopes.js" */

const REOPEN = "chatapp.reopenSettings"

/** Composes the settings dialog and its tabs. */
export class SettingsPanel {
  #root
  #context
  #settings
  #presets
  #preferences
  #toasts
  #pageToasts
  #router
  #session
  #dialog
  #tabs

  /**
   * `session` is the owner's storage in this tab, `mod` the platform's modifier; `closed` is called after closing.
   * @param {{ root: HTMLDialogElement,
   *   context: { t: Translate, format: Format, length: LengthLimit, models: ModelChoice, modelName: ModelNameDialog,
   *   modelMenu: ModelMenu },
   *   presets: Presets, settings: Settings, preferences: Preferences, router: Router, toasts: Toasts,
   *   session: OwnerStorage, mod: string, closed: () => void }} parts
   */
  constructor({ root, context, presets, settings, preferences, router, toasts, session, mod, closed }) {
    this.#root = root
    this.#context = context
    this.#settings = settings
    this.#router = router
    this.#session = session
    this.#preferences = preferences
    this.#pageToasts = toasts
    this.#toasts = new Toasts({ root: root.querySelector("[data-part=dialog-toasts]"), t: context.t })
    this.#presets = presets
    this.#tabs = this.#createTabs(mod)
    this.#dialog = new SettingsDialog({
      root,
      settings,
      t: context.t,
      tabs: this.#tabs,
      onClosed: closed,
      onUnsaved: (...where) => this.#offerReturn(...where),
    })
    for (const part of [settings, context.models, this.#presets, preferences])
      part.on("changed", () => this.#dialog.draw())
    preferences.on("changed", (name) => {
      if (name === "language") this.#offerReload()
    })
    window.addEventListener("pagehide", () => this.#flush())
  }

  /** Open at a tab, and reload what other devices may have changed. */
  open(name = "conversation") {
    this.#dialog.open(name)
    this.#settings.load().catch(() => {}) // Keep the known ones.
    this.#presets.load().catch((error) => this.#toasts.show(error.message))
  }

  /** Offer the way back to unsaved input, in the conversation it was typed for. */
  #offerReturn(tab, id) {
    const back = () => {
      if (this.#settings.id !== id) this.#router.go(id)
      this.open(tab)
    }
    const { t } = this.#context
    this.#pageToasts.show(t("settingsNotKept"), { label: t("settings"), act: back, undoes: false })
  }

  /**
   * Apply a preset to what is shown.
   * @param {Wire.Preset} preset
   */
  async usePreset(preset) {
    const undo = await this.#settings.apply(preset, { after: this.#tabs.conversation.settle() })
    const act = () => this.#pageToasts.attempt(undo)
    const { t } = this.#context
    this.#pageToasts.show(t("presetApplied", { name: preset.name }), { label: t("undo"), act })
  }

  /** Another conversation will be shown: close and save. */
  leave() {
    this.#dialog.close()
  }

  #createTabs(mod) {
    const { t, models } = this.#context
    const settings = this.#settings
    const saved = (key) => `${t(key)} ${t("settingsSaved")}`
    const about = () => (settings.isOpen ? saved(settings.isNew ? "settingsAboutNew" : "settingsAbout") : t("opening"))
    return {
      browser: new PreferencesForm({
        preferences: this.#preferences,
        t,
        mod,
        changed: () => this.#dialog.draw(),
        switchLanguage: (language) => this.#switchLanguage(language),
      }),
      conversation: this.#createTab(new ConversationScope({ settings, models }), {
        about,
        head: () => this.#chooser(),
        foot: () => this.#clearing(),
        isOpen: () => settings.isOpen,
      }),
      presets: new PresetsView({
        presets: this.#presets,
        settings,
        models,
        t,
        toasts: this.#toasts,
        changed: () => this.#dialog.draw(),
        actions: {
          apply: (preset) => this.#apply(preset),
          begin: (preset) => this.#begin(preset),
          present: () => this.#tabs.conversation.flush().then(() => settings.effective),
        },
      }),
      defaults: this.#createTab(new DefaultsScope({ settings, models, noModel: t("settingLastModel") }), {
        about: () => saved("settingsAboutDefaults"),
      }),
    }
  }

  /**
   * @param {Scope} scope
   * @param {{ about: () => string, head?: () => unknown, foot?: () => unknown, isOpen?: () => boolean }} how
   */
  #createTab(scope, how) {
    const { t, format, length, models, modelName, modelMenu } = this.#context
    const typed = new UnsavedSettings({ storage: this.#session, name: scope.name })
    const edit = new SettingsFormState({ scope, typed, length, t, format })
    edit.on("changed", () => this.#dialog.draw())
    const form = new SettingsForm({
      context: { t, format, models, modelName, modelMenu },
      scope,
      edit,
      root: this.#root,
    })
    return new SettingsTab({ form, edit, ...how })
  }

  /** Lets the user apply a preset in the conversation tab. */
  #chooser() {
    const { t } = this.#context
    const { items } = this.#presets
    if (items.length === 0) return nothing
    const choose = (event) => {
      const preset = items.find(({ id }) => id === event.target.value)
      event.target.value = ""
      this.#apply(preset).catch((error) => this.#toasts.show(error.message))
    }
    return html`
      <div class="field">
        <label class="field__label" for="preset-choice">${t("preset")}</label>
        <select class="field__control" id="preset-choice" data-testid="preset-choice" @change=${choose}>
          <option value="">${t("presetChoose")}</option>
          ${items.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}
        </select>
      </div>`
  }

  /** A button that unsets everything, if anything is set. */
  #clearing() {
    const { own, isChosen } = this.#settings
    if (!own.system_prompt && !own.options && !isChosen) return nothing
    return html`
      <button type="button" class="button settings__clear" data-testid="settings-clear" @click=${() => this.#clear()}>
        ${this.#context.t("settingsClear")}</button>`
  }

  /** @param {Wire.Preset} preset */
  async #apply(preset) {
    const { t } = this.#context
    const undo = await this.#settings.apply(preset, { after: this.#tabs.conversation.settle() })
    this.#undoable(t("presetApplied", { name: preset.name }), undo)
  }

  async #clear() {
    try {
      const undo = await this.#settings.clear({ after: this.#tabs.conversation.settle() })
      this.#undoable(this.#context.t("settingsCleared"), undo)
    } catch (error) {
      this.#toasts.show(error.message)
    }
  }

  #undoable(text, undo) {
    const act = () => undo().catch((error) => this.#toasts.show(error.message))
    this.#toasts.show(text, { label: this.#context.t("undo"), act })
  }

  /** @param {Wire.Preset} preset */
  async #begin(preset) {
    this.#router.go(null)
    await this.#settings.apply(preset)
    this.#pageToasts.show(this.#context.t("presetBegun", { name: preset.name }))
  }

  /** Save everything, then reload in the language and reopen the dialog. */
  async #switchLanguage(language) {
    if (!(await this.#flush())) return this.#toasts.show(this.#context.t("settingsNotKept"))
    this.#preferences.set("language", language)
    this.#session.setItem(REOPEN, "browser")
    location.reload()
  }

  #offerReload() {
    const { t } = this.#context
    this.#pageToasts.show(t("languageElsewhere"), { label: t("reload"), act: () => location.reload(), undoes: false })
  }

  /** Save all; returns whether that worked. */
  async #flush() {
    const { conversation, defaults } = this.#tabs
    return (await Promise.all([conversation.flush(), defaults.flush()])).every((isKept) => isKept)
  }

  /** Reopen the dialog after a reload for another language. */
  restore() {
    const name = this.#session.getItem(REOPEN)
    this.#session.removeItem(REOPEN)
    if (name) this.open(name)
  }
}
