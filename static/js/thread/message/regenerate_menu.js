/** @import { Translate } from "../../base/translator.js" */
/** @import { ModelChoice, ModelGroup } from "../../state/model_choice.js" */
/** @import { Menu, MenuEntry, MenuGroup } from "../../ui/menu.js" */

/** From so many models on, a menu would be a wall: the list that can be searched is opened. */
const MANY = 8

/** A menu to regenerate an answer, or to send a question, with another model. */
export class RegenerateMenu {
  #menu
  #list
  #models
  #t

  /**
   * `list`: the list of models that can be searched.
   * @param {{ menu: Menu, list: { open: Function }, models: ModelChoice, t: Translate }} parts
   */
  constructor({ menu, list, models, t }) {
    this.#menu = menu
    this.#list = list
    this.#models = models
    this.#t = t
  }

  /**
   * Open beside a button; `choose` gets the model's id. `heading`: what will be done with it.
   * @param {HTMLElement} opener
   * @param {{ model?: string | null }} message
   * @param {(model: string) => void} choose
   */
  open(opener, { model }, choose, heading = this.#t("regenerateWith")) {
    const answered = this.#models.listed(model)
    if (this.#models.choices.length >= MANY)
      return this.#list.open(opener, { selected: answered ?? null, choose, label: heading })
    this.#models.refresh().catch(() => {}) // The known models will do.
    this.#menu.open(opener, [{ heading, entries: this.#entries(answered, choose) }])
  }

  /** A single provider needs no heading. Unreachable models may be back by now, so they can be chosen. */
  #entries(answered, choose) {
    const groups = this.#models.groups.filter(({ models }) => models.length > 0)
    const several = groups.filter(({ provider }) => provider !== null).length > 1
    const known = groups.some(({ models }) => models.some(({ id }) => id === answered))
    /** @type {(model: { id: string, name: string }, problem: string | null) => MenuEntry} */
    const item = ({ id, name }, problem) => ({
      name: "model",
      icon: "check",
      checked: id === answered,
      act: () => choose(id),
      label: problem === null ? name : `${name} · ${this.#t("notReachable")}`,
      title: problem || null,
    })
    /** @type {(group: ModelGroup) => (MenuEntry | MenuGroup)[]} */
    const entriesOf = ({ provider, problem, models }) => {
      const entries = models.map((model) => item(model, problem))
      return several && provider !== null ? [{ heading: provider, entries }] : entries
    }
    return [
      ...(known || !answered ? [] : [item({ id: answered, name: this.#models.nameOf(answered) }, null)]),
      ...groups.flatMap(entriesOf),
    ]
  }
}
