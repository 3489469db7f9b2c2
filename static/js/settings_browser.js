import { html, nothing } from "./lit.js"
import { Preferences } from "./preferences.js"

/** What each choice is called. A language calls itself by its own name. */
const NAMES = {
  theme: { system: "themeSystem", light: "themeLight", dark: "themeDark" },
  language: { "": "languageAuto", ko: "languageKorean", en: "languageEnglish" },
  sendKey: { "": "sendByDevice", enter: "sendByEnter", "mod+enter": "sendByMod" },
}

/** The preferences of this browser as fields. */
export class SettingsBrowser {
  #preferences
  #t
  #mod
  #chosen

  /** `mod` is what the platform's modifier is called: "Ctrl", "⌘"; `chosen` is told the name of what was chosen here. */
  constructor({ preferences, t, mod, chosen }) {
    this.#chosen = chosen
    this.#preferences = preferences
    this.#t = t
    this.#mod = mod
  }

  template() {
    const t = this.#t
    return html`
      <div class="settings__form">
        <p class="settings__about">${t("browserAbout")}</p>
        ${this.#choice("theme")}
        ${this.#choice("language")}
        ${this.#choice("sendKey")}
        <label class="switch">
          <input type="checkbox" class="switch__box" data-testid="announces" .checked=${this.#preferences.announces}
            @change=${(event) => this.#preferences.set("announces", event.target.checked)}>
          <span><span class="switch__name">${t("announces")}</span><span class="field__hint">${t("announcesHint")}</span></span>
        </label>
      </div>`
  }

  #choose(name, value) {
    this.#preferences.set(name, value)
    this.#chosen(name)
  }

  #choice(name) {
    const t = this.#t
    return html`
      <fieldset class="choice">
        <legend class="field__label">${t(`preference_${name}`)}</legend>
        <div class="choice__row">${Preferences.valuesOf(name).map((value) => html`
          <label class="choice__one"><input type="radio" class="choice__radio" name=${name} value=${value}
            data-testid="${name}-${value || "auto"}" .checked=${this.#preferences[name] === value}
            @change=${() => this.#choose(name, value)}><span lang=${this.#languageOf(name, value)}>
              ${t(NAMES[name][value], { mod: this.#mod })}</span></label>`)}
        </div>
      </fieldset>`
  }

  /** The name of a language is a word of that language. */
  #languageOf(name, value) { return (name === "language" && value) || nothing }
}
