import { displayName } from "../base/model_names.js"
import { html, render } from "../ui/lit.js"
import { hasSeveral } from "./model_picker.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { ModelChoice } from "../state/model_choice.js" */

/** Asks for the name of an unlisted model. */
export class ModelNameDialog {
  #root
  #models
  #t
  /** @type {(name: string | null) => void} */
  #answer = () => {}

  /** @param {{ root: HTMLDialogElement, models: ModelChoice, t: Translate }} parts */
  constructor({ root, models, t }) {
    this.#root = root
    this.#models = models
    this.#t = t
    root.addEventListener("close", () => this.#answer(null))
  }

  /**
   * Resolves to the entered name, or null if cancelled.
   * @param {string | null} present the initial value, unless it is a file, whose folders concern nobody
   * @returns {Promise<string | null>}
   */
  ask(present) {
    this.#draw()
    const field = this.#root.querySelector("input")
    field.value = present && displayName(present) === present ? present : ""
    this.#root.showModal()
    field.select()
    return new Promise((resolve) => {
      this.#answer = resolve
    })
  }

  #take(event) {
    event.preventDefault()
    const name = this.#root.querySelector("input").value.trim()
    if (!name) return
    this.#answer(name)
    this.#root.close()
  }

  #draw() {
    const t = this.#t
    const question = t(hasSeveral(this.#models.groups) ? "modelNameOfOne" : "modelName")
    render(
      html`
      <h2 class="dialog__title" id="model-name-title">${t("modelNameTitle")}</h2>
      <form @submit=${(event) => this.#take(event)}>
        <label class="dialog__label" for="model-name">${question}</label>
        <input class="dialog__field" id="model-name" name="model" required maxlength="200" autocomplete="off"
          autocapitalize="none" spellcheck="false" data-testid="model-name">
        <div class="dialog__deeds">
          <button type="button" class="button" @click=${() => this.#root.close()}>${t("cancel")}</button>
          <button class="button button--main" data-testid="model-name-use">${t("use")}</button>
        </div>
      </form>`,
      this.#root,
    )
  }
}
