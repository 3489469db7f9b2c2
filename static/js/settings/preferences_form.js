import { Preferences } from "../state/preferences.js"
import { html, nothing } from "../ui/lit.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { PreferenceName } from "../state/preferences.js" */

/** Text keys of the values. Languages are named in themselves. */
const NAMES = {
  theme: { system: "themeSystem", light: "themeLight", dark: "themeDark" },
  language: { "": "languageAuto", ko: "languageKorean", en: "languageEnglish" },
  sendKey: { "": "sendByDevice", enter: "sendByEnter", "mod+enter": "sendByMod" },
}

/** Text keys of the button that switches to a language. Its words are in that language. */
const SWITCHES = { ko: "languageUseKorean", en: "languageUseEnglish" }

/** The preferences of this browser as form fields. */
export class PreferencesForm {
  #preferences
  #t
  #mod
  #changed
  #switchLanguage
  /** The selected language, until it is applied by a reload. */
  #language = null

  /**
   * `mod` is the label of the platform's modifier; `changed` redraws, `switchLanguage(language)` reloads the page.
   * @param {{ preferences: Preferences, t: Translate, mod: string, changed: () => void,
   *   switchLanguage: (language: string) => void }} parts
   */
  constructor({ preferences, t, mod, changed, switchLanguage }) {
    this.#changed = changed
    this.#switchLanguage = switchLanguage
    this.#preferences = preferences
    this.#t = t
    this.#mod = mod
  }

  template() {
    const t = this.#t
    return html`
      <div class="settings__form">
        <p class="settings__about">${t("browserAbout")}</p>
        ${this.#choice("theme", { choose: (value) => this.#preferences.set("theme", value) })}
        ${this.#choice("language", {
          value: this.#language ?? this.#preferences.language,
          choose: (value) => this.#chooseLanguage(value),
          button: this.#language === null ? nothing : this.#switchButton(),
        })}
        ${this.#choice("sendKey", { choose: (value) => this.#preferences.set("sendKey", value) })}
        <label class="switch">
          <input type="checkbox" class="switch__box" data-testid="announces" .checked=${this.#preferences.announces}
            @change=${(event) => this.#preferences.set("announces", event.target.checked)}>
          <span><span class="switch__name">${t("announces")}</span><span class="field__hint">${t("announcesHint")}</span></span>
        </label>
      </div>`
  }

  /** A language that was not applied is deselected. */
  async flush() {
    this.#language = null
    return true
  }

  #chooseLanguage(value) {
    this.#language = value === this.#preferences.language ? null : value
    this.#changed()
  }

  /** A button, as arrow keys would reload at each step. */
  #switchButton() {
    const language = this.#language || browserLanguage()
    return html`
      <button type="button" class="button button--main choice__deed" data-testid="language-use" lang=${language}
        @click=${() => this.#switchLanguage(this.#language)}>${this.#t(SWITCHES[language])}</button>`
  }

  /**
   * @param {PreferenceName} name
   * @param {{ value?: string, choose: (value: string) => void, button?: unknown }} how
   */
  #choice(name, { value: present = this.#preferences[name], choose, button = nothing }) {
    const t = this.#t
    return html`
      <fieldset class="choice">
        <legend class="field__label">${t(`preference_${name}`)}</legend>
        <div class="choice__row">${Preferences.valuesOf(name).map(
          (value) => html`
          <label class="choice__one"><input type="radio" class="choice__radio" name=${name} value=${value}
            data-testid="${name}-${value || "auto"}" .checked=${present === value}
            @change=${() => choose(value)}><span lang=${this.#languageOf(name, value)}>
              ${t(NAMES[name][value], { mod: this.#mod })}</span></label>`,
        )}
        </div>
        ${button}
      </fieldset>`
  }

  #languageOf(name, value) {
    return (name === "language" && value) || nothing
  }
}

/** The language that the server chooses for this browser: the first of the browser's that the page has. */
function browserLanguage() {
  return navigator.languages.map((tag) => tag.split("-")[0]).find((name) => Object.hasOwn(SWITCHES, name)) ?? "en"
}
