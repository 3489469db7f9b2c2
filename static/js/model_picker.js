import { html, render } from "./lit.js"

/** The choice that asks for a name: servers do not list all that they know. No model's name begins with a blank. */
const OTHER = " other"

/** The control in the header that says which model answers. */
export class ModelPicker {
  #models
  #t
  #root
  #failed

  constructor({ models, t, root, failed }) {
    this.#models = models
    this.#t = t
    this.#root = root
    this.#failed = failed
    models.on("changed", () => this.#draw())
    this.#draw()
  }

  /** Bring the reader here to choose another one. */
  open() {
    const select = this.#root.querySelector("select")
    select.focus()
    try {
      select.showPicker()
    } catch {
      // Not every browser has it, and none without a click: the focus is enough.
    }
  }

  #choose(value) {
    const id = value === OTHER ? prompt(this.#t("modelName"), this.#models.current ?? "")?.trim() : value
    if (id) this.#models.choose(id).catch(this.#failed)
    else this.#draw()
  }

  #draw() {
    const { choices, current } = this.#models
    render(html`
      <select class="picker__select" data-testid="model" aria-label=${this.#t("model")} ?disabled=${choices.length === 0}
        @change=${(event) => this.#choose(event.target.value)}>
        ${choices.length === 0 ? html`<option>${this.#t("noModels")}</option>` : ""}
        ${choices.map(({ id, name }) => html`<option value=${id} ?selected=${id === current}>${name ?? id}</option>`)}
        <option value=${OTHER}>${this.#t("modelByName")}</option>
      </select>`, this.#root)
    if (current) this.#root.querySelector("select").value = current
  }
}
