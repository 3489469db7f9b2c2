import { html, nothing, render } from "../ui/lit.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { ModelChoice, ModelGroup } from "../state/model_choice.js" */
/** @import { ModelNameDialog } from "./model_name_dialog.js" */

/** The option that asks for an unlisted model's name. Names never begin with a space. */
export const OTHER_MODEL = " other"

/** Selects the model, in the header. */
export class ModelPicker {
  #models
  #name
  #t
  #root
  #failed

  /**
   * @param {{ models: ModelChoice, name: ModelNameDialog, t: Translate, root: HTMLElement,
   *   failed: (error: Error) => void }} parts
   */
  constructor({ models, name, t, root, failed }) {
    this.#models = models
    this.#name = name
    this.#t = t
    this.#root = root
    this.#failed = failed
    models.on("changed", () => this.#draw())
    this.#draw()
  }

  /** Focus the select and open it if possible. */
  open() {
    const select = this.#root.querySelector("select")
    select.focus()
    try {
      select.showPicker()
    } catch {
      // Unsupported, or not allowed without a click.
    }
  }

  /** Ask for an unlisted model and select it. */
  name() {
    return this.#choose(OTHER_MODEL)
  }

  async #choose(value) {
    if (value === OTHER_MODEL) this.#draw() // Keep the present selection until a name is entered.
    const id = value === OTHER_MODEL ? await this.#name.ask(this.#models.current) : value
    if (id) this.#models.choose(id).catch(this.#failed)
  }

  /** In the background: ignore failures. */
  #refresh() {
    this.#models.refresh().catch(() => {})
  }

  #draw() {
    const t = this.#t
    const { groups, current, takesOthers } = this.#models
    const problem = this.#models.problemOf(current)
    render(
      html`
      <select class="picker__select" data-testid="model" aria-label=${t("model")} ?disabled=${groups.length === 0}
        data-down=${problem === null ? nothing : ""} title=${problem === null ? nothing : problem || t("notReachable")}
        @focus=${() => this.#refresh()} @pointerdown=${() => this.#refresh()}
        @change=${(event) => this.#choose(event.target.value)}>
        ${groups.length === 0 ? html`<option>${t(this.#models.loaded ? "noModels" : "model")}</option>` : nothing}
        ${groups.length > 0 && !current ? html`<option value="" selected disabled>${t("chooseModel")}</option>` : nothing}
        ${modelOptions({ models: this.#models, t, selected: current })}
        ${takesOthers ? html`<option value=${OTHER_MODEL}>${t("modelByName")}</option>` : nothing}
      </select>`,
      this.#root,
    )
    if (current) this.#root.querySelector("select").value = current
  }
}

/**
 * The models as options of a select, grouped if there are several providers.
 * @param {{ models: ModelChoice, t: Translate, selected: string | null }} parts
 */
export function modelOptions({ models, t, selected }) {
  const { groups } = models
  const why = (problem) => problem || t("notReachable")
  const members = ({ provider, problem, models: members }) => {
    const mark = problem === null ? "" : ` · ${t("notReachable")}`
    const title = problem === null ? nothing : why(problem)
    if (members.length === 0) return html`<option disabled title=${title}>${provider}${mark}</option>`
    return members.map(
      ({ id }) => html`
      <option value=${id} title=${title} ?selected=${id === selected}>${models.nameOf(id)}${mark}</option>`,
    )
  }
  return groups.map((group) =>
    hasSeveral(groups) && group.provider !== null
      ? html`
    <optgroup label=${group.provider}>${members(group)}</optgroup>`
      : members(group),
  )
}

/** @type {(groups: ModelGroup[]) => boolean} */
export const hasSeveral = (groups) => groups.filter(({ provider }) => provider !== null).length > 1
