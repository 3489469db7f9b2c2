import { icons } from "../ui/icons.js"
import { html, nothing, render } from "../ui/lit.js"
import { PopoverAnchor } from "../ui/popover_anchor.js"
import { hasSeveral } from "./model_picker.js"
import { partsOf } from "./model_search.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { ModelChoice } from "../state/model_choice.js" */
/** @import { ModelItem, ModelPart } from "./model_search.js" */

/** `id`: of the model; null asks for one in a dialog. `text`: of an option that is no model. */
/** @typedef {{ id: string | null, item: ModelItem | null, text?: string }} Option */

const PAGE = 8

/**
 * The list of models with a field to search it: a combobox whose list box is always open, in a popover.
 * The focus stays in the field; the active option is told by aria-activedescendant.
 */
export class ModelMenu {
  #root
  #models
  #t
  #anchor
  #selected = null
  #query = ""
  #active = 0
  /** @type {Option[]} */
  #options = []
  /** @type {(id: string) => void} */
  #choose = () => {}
  /** @type {(() => void) | null} */
  #name = null
  /** @type {string | null} */
  #none = null

  /** @param {{ root: HTMLElement, models: ModelChoice, t: Translate }} parts */
  constructor({ root, models, t }) {
    this.#root = root
    this.#models = models
    this.#t = t
    this.#anchor = new PopoverAnchor(root)
    root.addEventListener("keydown", (event) => this.#key(event))
    root.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !root.contains(/** @type {Node} */ (relatedTarget))) root.hidePopover()
    })
    models.on("changed", () => {
      if (root.matches(":popover-open")) this.#drawAgain()
    })
  }

  /**
   * Open beside a button, or close. `choose` gets the id of the chosen model; `name`: asks for one that is not listed;
   * `label`: what will be done with the model; `none`: the text of an entry for no model, whose id is "".
   * @param {HTMLElement} opener
   * @param {{ selected: string | null, choose: (id: string) => void, name?: (() => void) | null, label?: string,
   *   none?: string | null }} how
   */
  open(opener, { selected, choose, name = null, label = this.#t("model"), none = null }) {
    if (this.#anchor.isAt(opener)) return this.#root.hidePopover()
    this.#models.refresh().catch(() => {}) // The known ones will do.
    this.#selected = selected
    this.#choose = choose
    this.#name = name
    this.#none = none
    this.#root.setAttribute("aria-label", label)
    this.#query = ""
    this.#draw()
    this.#field.value = ""
    this.#active = this.#placeOf(selected)
    this.#draw()
    this.#anchor.open(opener)
    // Where a finger points, the field would open the keyboard over half of the list.
    if (matchMedia("(hover: hover)").matches) this.#field.focus()
    else this.#root.focus()
    this.#reveal()
  }

  /** The beginning of the ids of its elements: there are several lists. */
  get #id() {
    return this.#root.dataset.part
  }

  /** @returns {HTMLInputElement} */
  get #field() {
    return this.#root.querySelector("input")
  }

  #search(query) {
    this.#query = query
    this.#active = 0
    this.#draw()
    this.#root.querySelector("[role=listbox]").scrollTop = 0
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || event.keyCode === 229) return
    const last = this.#options.length - 1
    const to = {
      ArrowDown: this.#active >= last ? 0 : this.#active + 1,
      ArrowUp: this.#active <= 0 ? last : this.#active - 1,
      PageDown: Math.min(last, this.#active + PAGE),
      PageUp: Math.max(0, this.#active - PAGE),
    }[event.key]
    if (event.key === "Enter") this.#take(this.#options[this.#active])
    else if (event.key === "Tab")
      return this.#root.hidePopover() // Not prevented: on from the button.
    else if (to === undefined) return
    else {
      this.#active = to
      this.#draw()
      this.#reveal()
    }
    event.preventDefault()
  }

  /** @param {Option | undefined} option */
  #take(option) {
    if (!option) return
    this.#root.hidePopover()
    if (option.id === null) this.#name()
    else this.#choose(option.id)
  }

  /** The list has changed: the same option is active, wherever it is now. */
  #drawAgain() {
    const active = this.#options[this.#active]?.id
    this.#draw()
    this.#active = this.#placeOf(active)
    this.#draw()
  }

  /** @param {string | null | undefined} id */
  #placeOf(id) {
    return Math.max(
      0,
      this.#options.findIndex((option) => option.id === id),
    )
  }

  #reveal() {
    this.#root.querySelector("[data-active]")?.scrollIntoView({ block: "nearest" })
  }

  #draw() {
    const t = this.#t
    const id = this.#id
    const query = this.#query.trim()
    const { groups, used } = this.#models
    const parts = partsOf({ groups, used, query, nameOf: (id) => this.#models.nameOf(id) })
    const listed = parts.flatMap(({ items }) => items)
    const first = query || this.#none === null ? [] : [{ id: "", item: null, text: this.#none }]
    const others = this.#others(query, listed)
    this.#options = [...first, ...listed.map(optionOf), ...others]
    this.#active = Math.max(0, Math.min(this.#active, this.#options.length - 1))
    const number = counter()
    const firstDrawn = first.map((option) => this.#option(option, number()))
    const drawn = parts.map((part) => this.#part(part, number, hasSeveral(groups), parts.length > 1))
    const found = query ? t(listed.length === 0 ? "modelsNone" : "modelsFound", { n: listed.length }) : ""
    render(
      html`
      <div class="models__search"><input class="models__field" type="text" role="combobox" aria-expanded="true" aria-autocomplete="list"
        aria-controls="${id}-list" aria-activedescendant=${this.#options.length > 0 ? `${id}-${this.#active}` : nothing}
        aria-label=${t("modelsSearch")} placeholder=${t("modelsSearch")} autocomplete="off" autocapitalize="none"
        spellcheck="false" maxlength="200" enterkeyhint="go" data-testid="models-search"
        @input=${(event) => this.#search(event.target.value)}>
        <button type="button" class="models__close" tabindex="-1" aria-label=${t("close")} title=${t("close")}
          data-testid="models-close" @click=${() => this.#root.hidePopover()}>${icons.close}</button></div>
      <div class="models__list" id="${id}-list" role="listbox" aria-label=${t("model")} data-testid="${id}-list">
        ${firstDrawn}${drawn}${others.map((option) => this.#option(option, number()))}
      </div>
      <p class=${query && listed.length === 0 ? "models__none" : "hidden"} role="status"
        data-testid="models-found">${found}</p>`,
      this.#root,
    )
  }

  /**
   * A single provider needs no heading, unless those used last have one.
   * @param {ModelPart} part
   * @param {() => number} number
   * @param {boolean} several providers
   * @param {boolean} isOneOfMany
   */
  #part({ kind, provider, problem, items }, number, several, isOneOfMany) {
    const t = this.#t
    if (kind === "missing") return this.#missing(provider, problem)
    const heading = kind === "used" ? t("modelsUsed") : isOneOfMany ? (provider ?? t("modelsOther")) : null
    const options = items.map((item) => this.#option(optionOf(item), number(), several && kind !== "provider"))
    if (heading === null) return options
    return html`
      <div role="group" aria-label=${heading}>
        <p class="models__heading" aria-hidden="true">${heading}</p>${options}</div>`
  }

  /**
   * What is no listed model: the typed name itself, or a dialog that asks for one.
   * @param {string} query
   * @param {ModelItem[]} listed
   * @returns {Option[]}
   */
  #others(query, listed) {
    const t = this.#t
    if (!this.#models.takesOthers) return []
    if (!query) return this.#name === null ? [] : [{ id: null, item: null, text: t("modelByName") }]
    if (listed.some(({ id }) => id === query)) return []
    return [{ id: query, item: null, text: t("modelTyped", { name: query }) }]
  }

  /**
   * A provider that cannot be reached, and has no models therefore.
   * @param {string} provider
   * @param {string} problem
   */
  #missing(provider, problem) {
    const t = this.#t
    return html`
      <div class="models__option models__option--missing" role="option" aria-disabled="true" aria-selected="false"
        data-testid="models-missing" title=${problem || t("notReachable")}>${provider} · ${t("notReachable")}</div>`
  }

  /**
   * @param {Option} option
   * @param {number} number
   * @param {boolean} showsProvider
   */
  #option(option, number, showsProvider = false) {
    const { id, item, text } = option
    const isActive = number === this.#active
    const away = item && item.problem !== null ? this.#t("notReachable") : null
    const beside = [showsProvider ? item?.provider : null, away].filter(Boolean).join(" · ")
    return html`
      <div class="models__option" role="option" id="${this.#id}-${number}" aria-selected=${id !== null && id === this.#selected}
        data-testid="models-option" data-id=${id ?? ""} ?data-active=${isActive}
        title=${away ? item.problem || away : nothing}
        @pointermove=${() => this.#point(number)} @click=${() => this.#take(option)}>
        <span class="models__name">${text ?? item.name}</span>
        ${beside ? html`<span class="models__beside">${beside}</span>` : nothing}
        ${item?.description ? html`<span class="models__about">${item.description}</span>` : nothing}
      </div>`
  }

  #point(number) {
    if (number === this.#active) return
    this.#active = number
    this.#draw()
  }
}

/** @param {ModelItem} item */
const optionOf = (item) => ({ id: item.id, item })

/** Returns 0, 1, 2 … at each call. */
function counter() {
  let number = 0
  return () => number++
}
