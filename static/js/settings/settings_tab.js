import { html, nothing } from "../ui/lit.js"

/** @import { SettingsForm } from "./settings_form.js" */
/** @import { SettingsFormState } from "./settings_form_state.js" */

/** A tab of the dialog with a settings form. */
export class SettingsTab {
  #form
  #edit
  #about
  #head
  #foot
  #isOpen

  /**
   * `about()` is the introduction; `head()` and `foot()` surround the form, which is shown while `isOpen()`.
   * @param {{ form: SettingsForm, edit: SettingsFormState, about: () => string, head?: () => unknown,
   *   foot?: () => unknown, isOpen?: () => boolean }} parts
   */
  constructor({ form, edit, about, head = () => nothing, foot = () => nothing, isOpen = () => true }) {
    this.#form = form
    this.#edit = edit
    this.#about = about
    this.#head = head
    this.#foot = foot
    this.#isOpen = isOpen
  }

  template() {
    if (!this.#isOpen()) return html`<p class="settings__about">${this.#about()}</p>`
    return html`<p class="settings__about">${this.#about()}</p>${this.#head()}${this.#form.template()}${this.#foot()}`
  }

  sync() {
    this.#form.sync()
  }
  flush() {
    return this.#edit.flush()
  }
  settle() {
    return this.#edit.settle()
  }
}
