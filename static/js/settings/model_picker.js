import { html, nothing, render } from "../ui/lit.js"

/** The choice that asks for a name: servers do not list all that they know. No model's name begins with a blank. */
export const OTHER_MODEL = " other"

/** The control in the header that says which model answers. */
export class ModelPicker {
  #models
  #name
  #t
  #root
  #failed

  /** `name` asks for the name of a model that is not listed. */
  constructor({ models, name, t, root, failed }) {
    this.#models = models
    this.#name = name
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

  /** Ask for the name of a model that is not listed, and choose it. */
  name() { return this.#choose(OTHER_MODEL) }

  async #choose(value) {
    if (value === OTHER_MODEL) this.#draw() // Until there is a name, the one before stands there.
    const id = value === OTHER_MODEL ? await this.#name.ask(this.#models.current) : value
    if (id) this.#models.choose(id).catch(this.#failed)
  }

  /** Nobody asked for this: if it fails, what is known stays. */
  #refresh() { this.#models.refresh().catch(() => {}) }

  #draw() {
    const t = this.#t
    const { groups, current, takesOthers } = this.#models
    const problem = this.#models.problemOf(current)
    render(html`
      <select class="picker__select" data-testid="model" aria-label=${t("model")} ?disabled=${groups.length === 0}
        data-down=${problem === null ? nothing : ""} title=${problem === null ? nothing : problem || t("notReachable")}
        @focus=${() => this.#refresh()} @pointerdown=${() => this.#refresh()}
        @change=${(event) => this.#choose(event.target.value)}>
        ${groups.length === 0 ? html`<option>${t(this.#models.loaded ? "noModels" : "model")}</option>` : nothing}
        ${groups.length > 0 && !current ? html`<option value="" selected disabled>${t("chooseModel")}</option>` : nothing}
        ${modelOptions({ models: this.#models, t, selected: current })}
        ${takesOthers ? html`<option value=${OTHER_MODEL}>${t("modelByName")}</option>` : nothing}
      </select>`, this.#root)
    if (current) this.#root.querySelector("select").value = current
  }
}

/** The models as options of a select, under their providers; one provider needs no heading. */
export function modelOptions({ models, t, selected }) {
  const { groups } = models
  const why = (problem) => problem || t("notReachable")
  const members = ({ provider, problem, models: members }) => {
    const mark = problem === null ? "" : ` · ${t("notReachable")}`
    const title = problem === null ? nothing : why(problem)
    if (members.length === 0) return html`<option disabled title=${title}>${provider}${mark}</option>`
    return members.map(({ id }) => html`
      <option value=${id} title=${title} ?selected=${id === selected}>${models.nameOf(id)}${mark}</option>`)
  }
  return groups.map((group) => (hasSeveral(groups) && group.provider !== null ? html`
    <optgroup label=${group.provider}>${members(group)}</optgroup>` : members(group)))
}

export const hasSeveral = (groups) => groups.filter(({ provider }) => provider !== null).length > 1
