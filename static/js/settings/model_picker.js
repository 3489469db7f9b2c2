import { html, nothing, render } from "../ui/lit.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { ModelChoice, ModelGroup } from "../state/model_choice.js" */
/** @import { ModelMenu } from "./model_menu.js" */
/** @import { ModelNameDialog } from "./model_name_dialog.js" */

/** The option of a select that asks for an unlisted model's name. Names never begin with a space. */
export const OTHER_MODEL = " other"

/** Names the model in the header, and opens the list of models. */
export class ModelPicker {
  #models
  #menu
  #name
  #t
  #root
  #failed

  /**
   * @param {{ models: ModelChoice, menu: ModelMenu, name: ModelNameDialog, t: Translate, root: HTMLElement,
   *   failed: (error: Error) => void }} parts
   */
  constructor({ models, menu, name, t, root, failed }) {
    this.#models = models
    this.#menu = menu
    this.#name = name
    this.#t = t
    this.#root = root
    this.#failed = failed
    models.on("changed", () => this.#draw())
    this.#draw()
  }

  open() {
    this.#menu.open(this.#button, {
      selected: this.#models.current,
      choose: (id) => this.#take(id),
      name: () => this.name(),
    })
  }

  /** Ask for an unlisted model and select it. */
  async name() {
    const id = await this.#name.ask(this.#models.current)
    if (id) this.#take(id)
  }

  /** @returns {HTMLButtonElement} */
  get #button() {
    return this.#root.querySelector("button")
  }

  #take(id) {
    this.#models.choose(id).catch(this.#failed)
  }

  #draw() {
    const t = this.#t
    const { groups, current, loaded } = this.#models
    const isEmpty = groups.length === 0
    const problem = this.#models.problemOf(current)
    const unknown = isEmpty ? t(loaded ? "noModels" : "model") : t("chooseModel")
    const name = isEmpty || !current ? unknown : this.#models.nameOf(current)
    const shown = problem === null ? name : `${name} · ${t("notReachable")}`
    render(
      html`
      <button type="button" class="picker__button" data-testid="model" aria-label="${t("model")}: ${shown}"
        aria-haspopup="dialog" aria-expanded="false" ?disabled=${isEmpty} data-model=${current ?? nothing}
        data-down=${problem === null ? nothing : ""} title=${problem === null ? name : problem || t("notReachable")}
        @click=${() => this.open()}>${shown}</button>`,
      this.#root,
    )
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
