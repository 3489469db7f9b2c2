import { html, nothing } from "../ui/lit.js"
import { Presets } from "../state/presets.js"
import { PresetsView } from "./presets_view.js"
import { PreferencesForm } from "./preferences_form.js"
import { SettingsDialog } from "./settings_dialog.js"
import { SettingsFormState } from "./settings_form_state.js"
import { SettingsForm } from "./settings_form.js"
import { ConversationScope, DefaultsScope } from "./settings_scopes.js"
import { SettingsTab } from "./settings_tab.js"
import { Toasts } from "../ui/toasts.js"
import { UnsavedSettings } from "./unsaved_settings.js"

const REOPEN = "chatapp.reopenSettings"

/** All that can be set, in one dialog, made of its parts. */
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

  /** `context`: {t, format, length, models, modelName}; `session` is this tab's storage, `mod` the platform's modifier. */
  constructor({ root, context, api, settings, preferences, router, toasts, session, mod }) {
    this.#root = root
    this.#context = context
    this.#settings = settings
    this.#router = router
    this.#session = session
    this.#preferences = preferences
    this.#pageToasts = toasts
    this.#toasts = new Toasts({ root: root.querySelector("[data-part=dialog-toasts]"), t: context.t })
    this.#presets = new Presets({ api, channel: new BroadcastChannel("chatapp.presets") })
    this.#tabs = this.#createTabs(mod)
    this.#dialog = new SettingsDialog({
      root, settings, t: context.t, tabs: this.#tabs, onUnsaved: (...where) => this.#offerReturn(...where),
    })
    for (const part of [settings, context.models, this.#presets, preferences]) part.on("changed", () => this.#dialog.draw())
    preferences.on("changed", (name) => { if (name === "language") this.#offerReload() })
    window.addEventListener("pagehide", () => this.#flush())
  }

  /** Show what is set: "conversation", "presets", "defaults" or "browser". What other devices changed is fetched. */
  open(name = "conversation") {
    this.#dialog.open(name)
    this.#settings.load().catch(() => {}) // What is known stays.
    this.#presets.load().catch((error) => this.#toasts.show(error.message))
  }

  /** The way back to what was typed leads over the conversation that it was typed for. */
  #offerReturn(tab, id) {
    const back = () => {
      if (this.#settings.id !== id) this.#router.go(id)
      this.open(tab)
    }
    const { t } = this.#context
    this.#pageToasts.show(t("settingsNotKept"), { label: t("settings"), act: back, undoes: false })
  }

  /** Something else will be shown: what is typed belongs to what is shown now. */
  leave() { this.#dialog.close() }

  #createTabs(mod) {
    const { t, models } = this.#context
    const settings = this.#settings
    const saved = (key) => `${t(key)} ${t("settingsSaved")}`
    const about = () => (settings.isOpen ? saved(settings.isNew ? "settingsAboutNew" : "settingsAbout") : t("opening"))
    return {
      conversation: this.#createTab(new ConversationScope({ settings, models }), {
        about, head: () => this.#chooser(), foot: () => this.#clearing(), isOpen: () => settings.isOpen,
      }),
      presets: new PresetsView({
        presets: this.#presets, settings, models, t, toasts: this.#toasts, changed: () => this.#dialog.draw(),
        actions: {
          apply: (preset) => this.#apply(preset), begin: (preset) => this.#begin(preset),
          present: () => this.#tabs.conversation.flush().then(() => settings.effective),
        },
      }),
      defaults: this.#createTab(new DefaultsScope({ settings, noModel: t("settingLastModel") }), {
        about: () => saved("settingsAboutDefaults"),
      }),
      browser: new PreferencesForm({
        preferences: this.#preferences, t, mod, changed: () => this.#dialog.draw(),
        switchLanguage: (language) => this.#switchLanguage(language),
      }),
    }
  }

  #createTab(scope, how) {
    const { t, format, length, models, modelName } = this.#context
    const typed = new UnsavedSettings({ storage: this.#session, name: scope.name })
    const edit = new SettingsFormState({ scope, typed, length, t, format })
    edit.on("changed", () => this.#dialog.draw())
    const form = new SettingsForm({ context: { t, models, modelName }, scope, edit, root: this.#root })
    return new SettingsTab({ form, edit, ...how })
  }

  /** A preset is one choice away from the settings that it would take the place of. */
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

  /** The way back to nothing, where something is set. */
  #clearing() {
    const { own, isChosen } = this.#settings
    if (!own.system_prompt && !own.options && !isChosen) return nothing
    return html`
      <button type="button" class="button settings__clear" data-testid="settings-clear" @click=${() => this.#clear()}>
        ${this.#context.t("settingsClear")}</button>`
  }

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

  async #begin(preset) {
    this.#router.go(null)
    await this.#settings.apply(preset)
    this.#pageToasts.show(this.#context.t("presetBegun", { name: preset.name }))
  }

  /** In another language the page is another one. It comes back to where the reader was, once nothing is left unsaved. */
  async #switchLanguage(language) {
    if (!await this.#flush()) return this.#toasts.show(this.#context.t("settingsNotKept"))
    this.#preferences.set("language", language)
    this.#session.setItem(REOPEN, "browser")
    location.reload()
  }

  /** Another tab changed the language for all of them. */
  #offerReload() {
    const { t } = this.#context
    this.#pageToasts.show(t("languageElsewhere"), { label: t("reload"), act: () => location.reload(), undoes: false })
  }

  /** Whether all that is typed could be kept. */
  async #flush() {
    const { conversation, defaults } = this.#tabs
    return (await Promise.all([conversation.flush(), defaults.flush()])).every((isKept) => isKept)
  }

  /** Open again what was open before the page came anew in another language. */
  restore() {
    const name = this.#session.getItem(REOPEN)
    this.#session.removeItem(REOPEN)
    if (name) this.open(name)
  }
}
