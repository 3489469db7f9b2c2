import { Api } from "./api.js"
import { html, nothing, render, repeat } from "./lit.js"
import { icons } from "./icons.js"
import { meaning } from "./enter_key.js"
import { Router } from "./router.js"

/** The list of conversations: by day, pinned ones on top, each with its menu; or what a search found. */
export class Sidebar {
  #kit
  #list
  #search
  #searchView
  #root
  #menu
  #openId = null
  #renaming = null

  /** `actions`: go, follow, rename, pin, archive, remove, closeDrawer; `deeds`: what the menu at the foot offers. */
  constructor({ kit, list, search, searchView, menu, root }) {
    this.#kit = kit
    this.#list = list
    this.#search = search
    this.#searchView = searchView
    this.#menu = menu
    this.#root = root
    list.on("changed", () => this.draw())
    this.draw()
  }

  /** Mark the conversation that is open (null: a new one). */
  mark(id) {
    this.#openId = id
    this.draw()
  }

  /** Draw all anew; but nothing moves under a title that is being typed. */
  draw() {
    if (this.#renaming === null) this.#render()
  }

  #render() {
    const { t, actions } = this.#kit
    const { archived } = this.#list
    render(html`
      <div class="sidebar__top">
        <a class="sidebar__new" href="/" data-testid="new-chat" @click=${(event) => this.#go(event, null)}>
          ${icons.plus}${t("newChat")}</a>
        <button type="button" class="sidebar__close" aria-label=${t("closeList")}
          @click=${actions.closeDrawer}>${icons.close}</button>
      </div>
      ${this.#searchView.field()}
      <div class="sidebar__list" data-testid="conversations" @scroll=${(event) => this.#scrolled(event.target)}>
        ${this.#search.active ? this.#searchView.results() : this.#groups()}
      </div>
      <div class="sidebar__foot">
        <button type="button" class="sidebar__archive" data-testid="archived" aria-pressed=${archived}
          @click=${() => this.#showList({ archived: !archived })}>
          ${icons.archive}${t(archived ? "backToList" : "archived")}</button>
        <button type="button" class="sidebar__more" data-testid="more" aria-haspopup="menu" aria-expanded="false"
          aria-label=${t("more")} title=${t("more")}
          @click=${(event) => this.#menu.open(event.currentTarget, this.#kit.deeds)}>${icons.more}</button>
      </div>`, this.#root)
  }

  #showList(which) {
    this.#searchView.clear()
    this.#list.show(which)
  }

  #groups() {
    const { t, format } = this.#kit
    const { items, archived, loaded } = this.#list
    const none = html`<p class="sidebar__none">${t(archived ? "noArchived" : "noConversations")}</p>`
    if (items.length === 0) return loaded ? none : nothing
    const groups = grouped(items, (one) => one.pinned ? t("pinned") : format.dayGroup(one.updated_at))
    return repeat(groups, ([name]) => name, ([name, members]) => html`
      <section class="sidebar__group"><h2>${name}</h2>
        <ul>${repeat(members, ({ id }) => id, (one) => this.#item(one))}</ul></section>`)
  }

  #item(conversation) {
    const { id, running } = conversation
    const { t } = this.#kit
    const title = conversation.title || t("untitled")
    const here = id === this.#openId
    return html`
      <li class="item ${here ? "item--open" : ""}" data-testid="conversation" data-conversation-id=${id}
        data-running=${running.length > 0}>
        ${this.#renaming === id ? this.#field(conversation) : html`
          <a class="item__link" href=${Router.path(id)} aria-current=${here ? "page" : nothing} title=${title}
            @click=${(event) => this.#go(event, id)}><span class="item__title">${title}</span>
            ${running.length > 0 ? html`<i class="live" role="img" aria-label=${t("answering")}></i>` : nothing}</a>
          <button type="button" class="item__more" data-testid="conversation-menu" aria-haspopup="menu"
            aria-expanded="false" aria-label=${t("optionsOf", { title })}
            @click=${(event) => this.#open(event.currentTarget, conversation)}>${icons.more}</button>`}
      </li>`
  }

  #open(button, conversation) {
    const { actions } = this.#kit
    const { id, pinned, archived } = conversation
    this.#menu.open(button, [
      { name: "rename", icon: "edit", act: () => this.#rename(id) },
      { name: pinned ? "unpin" : "pin", icon: "pin", act: () => actions.pin(conversation, !pinned) },
      { name: archived ? "unarchive" : "archive", icon: "archive", act: () => actions.archive(conversation, !archived) },
      null,
      { name: "exportMd", icon: "export", href: Api.exportOf("md", id) },
      { name: "exportJson", icon: "export", href: Api.exportOf("json", id) },
      null,
      { name: "remove", icon: "trash", act: () => actions.remove(conversation) },
    ])
  }

  #rename(id) {
    this.#renaming = id
    this.#render()
    this.#root.querySelector(".item__field").select()
  }

  /** A title that came by itself meanwhile stays, unless the reader wrote another one. */
  #field(conversation) {
    const end = (event, save) => {
      if (this.#renaming !== conversation.id) return
      this.#renaming = null
      const title = event.target.value.trim()
      if (save && title && title !== conversation.title) this.#kit.actions.rename(conversation, title)
      this.#render()
    }
    const key = (event) => {
      const wish = meaning(event)
      if (wish) end(event, wish !== "cancel")
    }
    return html`
      <input class="item__field" data-testid="rename" maxlength="200" aria-label=${this.#kit.t("newName")}
        .value=${conversation.title ?? ""} @keydown=${key} @blur=${(event) => end(event, true)}>`
  }

  #go(event, id) { this.#kit.actions.follow(event, () => this.#kit.actions.go(id)) }

  #scrolled({ scrollTop, clientHeight, scrollHeight }) {
    if (scrollHeight - scrollTop - clientHeight > 300) return
    if (this.#search.active) this.#search.loadMore()
    else this.#list.loadMore()
  }
}

function grouped(items, key) {
  const groups = new Map()
  for (const item of items) groups.set(key(item), [...groups.get(key(item)) ?? [], item])
  return groups
}
