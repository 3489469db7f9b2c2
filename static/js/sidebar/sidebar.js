import { icons } from "../ui/icons.js"
import { html, nothing, render, repeat } from "../ui/lit.js"
import { ConversationItem } from "./conversation_item.js"
import { ListFocus } from "./list_focus.js"

/** @import { ConversationList } from "../state/conversation_list.js" */
/** @import { Search } from "../state/search.js" */
/** @import { Menu } from "../ui/menu.js" */
/** @import { ListContext } from "./list_pane.js" */
/** @import { SearchView } from "./search_view.js" */

/** The list of conversations by day, pinned ones first, or the search results. */
export class Sidebar {
  #context
  #list
  #search
  #searchView
  #root
  #menu
  #item
  #focus
  /** @type {string | null} */
  #openId = null

  /**
   * @param {{ context: ListContext, list: ConversationList, search: Search, searchView: SearchView, menu: Menu,
   *   root: HTMLElement }} parts
   */
  constructor({ context, list, search, searchView, menu, root }) {
    this.#context = context
    this.#list = list
    this.#search = search
    this.#searchView = searchView
    this.#menu = menu
    this.#root = root
    this.#focus = new ListFocus(root)
    this.#item = new ConversationItem({ context, menu, changed: (id) => this.#drawFor(id) })
    list.on("changed", () => this.draw())
    this.draw()
  }

  /**
   * Mark the open conversation (null: a new one).
   * @param {string | null} id
   */
  mark(id) {
    if (id === this.#openId) return
    this.#openId = id
    this.draw()
  }

  /** Redraw, unless a title is being edited. */
  draw() {
    if (!this.#item.renaming) this.#focus.keeping(() => this.#render())
  }

  #drawFor(id) {
    this.#render()
    if (id) this.#focus.to(id)
  }

  #render() {
    const { t, actions, keys } = this.#context
    const { archived } = this.#list
    const fold = keys("toggleList")
    render(
      html`
      <div class="sidebar__top">
        <span class="sidebar__brand">${t("brand")}</span>
        <button type="button" class="sidebar__close" data-testid="close-list" aria-label=${t("closeList")}
          aria-keyshortcuts=${fold.keys} title="${t("closeList")} (${fold.label})" @click=${actions.closeList}>${icons.panel}</button>
      </div>
      ${this.#newChat()}
      ${this.#searchView.field()}
      ${archived && !this.#search.active ? this.#archiveHead() : nothing}
      <div class="sidebar__list" data-testid="conversations" @keydown=${(event) => this.#focus.keydown(event)}
        @scroll=${(event) => this.#scrolled(event.target)}>
        ${this.#search.active ? this.#searchView.results() : this.#groups()}
      </div>
      <div class="sidebar__foot">
        <button type="button" class="sidebar__archive" data-testid="archived"
          @click=${() => this.#showList({ archived: !archived })}>
          ${archived ? icons.back : icons.archive}${t(archived ? "backToList" : "archived")}</button>
        <button type="button" class="sidebar__more" data-testid="more" aria-haspopup="menu" aria-expanded="false"
          aria-label=${t("more")} title=${t("more")}
          @click=${(event) => this.#menu.open(event.currentTarget, this.#context.menuEntries)}>${icons.more}</button>
      </div>`,
      this.#root,
    )
  }

  #newChat() {
    const { t, actions, keys } = this.#context
    const { keys: pressed, label } = keys("newChat")
    return html`
      <a class="sidebar__new" href="/" data-testid="new-chat" aria-keyshortcuts=${pressed}
        @click=${(event) => actions.follow(event, () => actions.go(null))}>
        ${icons.plus}${t("newChat")}<kbd class="sidebar__keys" aria-hidden="true">${label}</kbd></a>`
  }

  /** The heading of the archive, which leads back. It disappears on click, so the focus moves to the other button. */
  #archiveHead() {
    const { t } = this.#context
    const leave = () => {
      this.#root.querySelector("[data-testid=archived]").focus()
      this.#showList({ archived: false })
    }
    return html`
      <button type="button" class="sidebar__back" data-testid="leave-archive" title=${t("backToList")} @click=${leave}>
        ${icons.back}${t("archived")}<span class="hidden"> · ${t("backToList")}</span></button>`
  }

  #showList(which) {
    this.#searchView.clear()
    this.#list.show(which)
  }

  #groups() {
    const { t, format } = this.#context
    const { items, archived, loaded } = this.#list
    const none = html`<p class="sidebar__none">${t(archived ? "noArchived" : "noConversations")}</p>`
    const later = this.#context.isShell ? html`<p class="sidebar__none">${t("listLater")}</p>` : nothing
    if (items.length === 0) return loaded ? none : later
    const groups = groupBy(items, (one) => (one.pinned ? t("pinned") : format.dayGroup(one.updated_at)))
    return repeat(
      groups,
      ([name]) => name,
      ([name, members]) => html`
      <section class="sidebar__group"><h2>${name}</h2>
        <ul>${repeat(
          members,
          ({ id }) => id,
          (one) => this.#item.template(one, one.id === this.#openId),
        )}</ul></section>`,
    )
  }

  #scrolled({ scrollTop, clientHeight, scrollHeight }) {
    if (scrollHeight - scrollTop - clientHeight > 300) return
    if (this.#search.active) this.#search.loadMore()
    else this.#list.loadMore()
  }
}

function groupBy(items, key) {
  /** @type {Map<string, any[]>} */
  const groups = new Map()
  for (const item of items) {
    const name = key(item)
    if (groups.has(name)) groups.get(name).push(item)
    else groups.set(name, [item])
  }
  return groups
}
