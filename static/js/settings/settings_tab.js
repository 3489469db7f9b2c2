import { html, nothing } from "../ui/lit.js"

/** A sheet of the dialog with settings that answers are asked with: those of what is shown, or the defaults. */
export class SettingsTab {
  #form
  #edit
  #about
  #head
  #foot
  #isOpen

  /** `about` says what the settings are for; `head` and `foot` may stand around the form, which is there while `isOpen`. */
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

  sync() { this.#form.sync() }
  flush() { return this.#edit.flush() }
  settle() { return this.#edit.settle() }
}
