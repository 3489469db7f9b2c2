import { html, nothing, render } from "./lit.js"

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
    const id = value === OTHER ? this.#asked() : value
    if (id) this.#models.choose(id).catch(this.#failed)
    else this.#draw()
  }

  #asked() {
    const question = this.#t(severalIn(this.#models.groups) ? "modelNameOfOne" : "modelName")
    return prompt(question, this.#models.current ?? "")?.trim()
  }

  /** Nobody asked for this: if it fails, what is known stays. */
  #refresh() { this.#models.refresh().catch(() => {}) }

  #draw() {
    const { groups, current } = this.#models
    const problem = groups.find(({ models }) => models.some(({ id }) => id === current))?.problem ?? null
    render(html`
      <select class="picker__select" data-testid="model" aria-label=${this.#t("model")} ?disabled=${groups.length === 0}
        data-down=${problem === null ? nothing : ""} title=${problem === null ? nothing : this.#why(problem)}
        @focus=${() => this.#refresh()} @pointerdown=${() => this.#refresh()}
        @change=${(event) => this.#choose(event.target.value)}>
        ${groups.length === 0 ? html`<option>${this.#t("noModels")}</option>` : nothing}
        ${groups.length > 0 && !current ? html`<option value="" selected disabled>${this.#t("chooseModel")}</option>` : nothing}
        ${this.#options(groups, current)}
        <option value=${OTHER}>${this.#t("modelByName")}</option>
      </select>`, this.#root)
    if (current) this.#root.querySelector("select").value = current
  }

  /** One provider needs no heading. */
  #options(groups, current) {
    const several = severalIn(groups)
    return groups.map((group) => (several && group.provider !== null ? html`
      <optgroup label=${group.provider}>${this.#members(group, current)}</optgroup>` : this.#members(group, current)))
  }

  #members({ provider, problem, models }, current) {
    const mark = problem === null ? "" : ` · ${this.#t("notReachable")}`
    const title = problem === null ? nothing : this.#why(problem)
    if (models.length === 0) return html`<option disabled title=${title}>${provider}${mark}</option>`
    return models.map(({ id, name }) => html`
      <option value=${id} title=${title} ?selected=${id === current}>${name ?? id}${mark}</option>`)
  }

  #why(problem) { return problem || this.#t("notReachable") }
}

const severalIn = (groups) => groups.filter(({ provider }) => provider !== null).length > 1
