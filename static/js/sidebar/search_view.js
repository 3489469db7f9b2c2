import { Emitter } from "../base/emitter.js"
import { Router } from "../state/router.js"
import { keyAction } from "../ui/enter_key.js"
import { icons } from "../ui/icons.js"
import { html, nothing, repeat } from "../ui/lit.js"
import { stripMarks } from "./search_excerpt.js"

/** @import { Search } from "../state/search.js" */
/** @import { Announcer } from "../ui/announcer.js" */
/** @import { Shortcut } from "../ui/shortcut.js" */
/** @import { ListContext } from "./list_pane.js" */

const MAX_CHARACTERS = 200
const STEPS = { ArrowDown: 1, ArrowUp: -1 }

/**
 * The search field, and the results in place of the list. The focus stays in the field: arrow keys mark a result, Enter
 * opens it. Emits "changed" to have the templates drawn again.
 * @extends {Emitter<{ changed: [] }>}
 */
export class SearchView extends Emitter {
  #context
  #search
  #root
  #shortcut
  #marked = 0

  /**
   * `root` contains the templates.
   * @param {{ context: ListContext, search: Search, shortcut: Shortcut, announcer: Announcer,
   *   root: HTMLElement }} parts
   */
  constructor({ context, search, shortcut, announcer, root }) {
    super()
    this.#context = context
    this.#search = search
    this.#shortcut = shortcut
    this.#root = root
    search.on("changed", () => this.emit("changed"))
    search.on("found", () =>
      announcer.say(this.#count(), { n: context.format.number(search.items.length), q: search.query }),
    )
  }

  focus() {
    this.#field.focus()
    this.#field.select()
  }

  /** Clear the search. */
  clear() {
    this.#field.value = ""
    this.#type("")
  }

  field() {
    const { t } = this.#context
    const { marked } = this
    return html`
      <div class="search" role="search">
        ${icons.search}
        <input class="search__field" type="text" dir="auto" role="combobox" data-testid="search" aria-label=${t("search")}
          aria-autocomplete="list" aria-controls="found" aria-expanded=${this.#search.active}
          aria-activedescendant=${marked ? idOf(marked) : nothing} aria-keyshortcuts=${this.#shortcut.keys}
          placeholder=${t("searchPlaceholder")} maxlength=${MAX_CHARACTERS} autocomplete="off" spellcheck="false"
          enterkeyhint="search" @input=${(event) => this.#type(event.target.value)}
          @keydown=${(event) => this.#key(event)}>
        ${
          this.#search.active
            ? this.#clearButton()
            : html`
          <kbd class="search__keys" aria-hidden="true">${this.#shortcut.label}</kbd>`
        }
      </div>`
  }

  #clearButton() {
    const label = this.#context.t("searchClear")
    return html`
      <button type="button" class="search__clear" data-testid="search-clear" aria-label=${label} title=${label}
        @click=${() => this.#clearAndStay()}>${icons.close}</button>`
  }

  results() {
    const { t } = this.#context
    const { items, state, query } = this.#search
    const note = { searching: "searching", failed: "searchFailed", found: "searchNone" }[state]
    return html`
      <div class="found" id="found" role="listbox" data-testid="found" data-state=${state} aria-label=${t("searchResults")}
        aria-busy=${state === "searching"}>${repeat(
          items,
          ({ id }) => id,
          (one) => this.#result(one),
        )}</div>
      ${
        items.length > 0
          ? nothing
          : html`
        <p class="sidebar__none" data-testid="found-note" data-state=${state}>${t(note, { q: query })}</p>`
      }`
  }

  /** @param {Wire.Found} conversation */
  #result(conversation) {
    const { t, format, actions } = this.#context
    const { id, hit, archived } = conversation
    const title = conversation.title || t("untitled")
    const inTitle = hit.message_id === null
    return html`
      <a class="result" role="option" tabindex="-1" id=${idOf(conversation)} href=${Router.path(id)} title=${title}
        data-testid="result" data-conversation-id=${id} aria-selected=${conversation === this.marked}
        @click=${(event) => actions.follow(event, () => this.#open(conversation))}>
        <span class="result__title ${inTitle ? "result__title--found" : ""}" dir="auto">${inTitle ? highlighted(hit) : title}</span>
        ${inTitle ? nothing : html`<span class="result__text" dir="auto">${highlighted({ parts: stripMarks(hit.parts) })}</span>`}
        <span class="result__when">${format.shortDate(conversation.updated_at)}${archived ? ` · ${t("archived")}` : ""}</span></a>`
  }

  /** The result that Enter opens. */
  get marked() {
    const { items } = this.#search
    return items[Math.min(this.#marked, items.length - 1)] ?? null
  }

  #type(text) {
    this.#marked = 0
    this.#search.type(text)
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const action = keyAction(event)
    if (action === "cancel") this.#cancel(event)
    else if (action) this.#choose(event)
    else if (STEPS[event.key] && !event.isComposing) this.#step(event, STEPS[event.key])
  }

  #step(event, step) {
    event.preventDefault()
    this.#marked = Math.max(0, Math.min(this.#marked + step, this.#search.items.length - 1))
    this.emit("changed")
    this.#root.querySelector("[role=option][aria-selected=true]")?.scrollIntoView({ block: "nearest" })
  }

  /** While results are loading, Enter searches at once and opens nothing outdated. */
  #choose(event) {
    event.preventDefault()
    if (this.#search.state !== "found") this.#search.searchNow()
    else if (this.marked) this.#open(this.marked)
  }

  /** @param {Wire.Found} conversation */
  #open(conversation) {
    this.#marked = this.#search.items.indexOf(conversation)
    this.emit("changed")
    this.#context.actions.open(conversation.id, conversation.hit)
  }

  #cancel(event) {
    event.preventDefault()
    if (!this.#search.active) return this.#context.actions.leaveSearch()
    event.stopPropagation() // Do not close the drawer.
    this.#clearAndStay()
  }

  #clearAndStay() {
    this.#field.focus()
    this.clear()
  }

  #count() {
    const { items, more } = this.#search
    if (items.length === 0) return "searchNone"
    return more ? "searchFoundMore" : "searchFound"
  }

  /** @returns {HTMLInputElement} */
  get #field() {
    return this.#root.querySelector(".search__field")
  }
}

const idOf = ({ id }) => `found-${id}`
const highlighted = ({ parts }) => parts.map(({ text, match }) => (match ? html`<mark>${text}</mark>` : text))
