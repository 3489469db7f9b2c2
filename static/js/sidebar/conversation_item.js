import { Api } from "../net/api.js"
import { Router } from "../state/router.js"
import { keyAction } from "../ui/enter_key.js"
import { icons } from "../ui/icons.js"
import { html, nothing } from "../ui/lit.js"

/** @import { Menu } from "../ui/menu.js" */
/** @import { ListContext } from "./list_pane.js" */

/** A conversation in the list: its link and menu, or a field while it is renamed. */
export class ConversationItem {
  #context
  #menu
  #changed
  /** @type {string | null} */
  #renaming = null

  /**
   * `changed` (id to focus) redraws the list.
   * @param {{ context: ListContext, menu: Menu, changed: (id: string | null) => void }} parts
   */
  constructor({ context, menu, changed }) {
    this.#context = context
    this.#menu = menu
    this.#changed = changed
  }

  get renaming() {
    return this.#renaming !== null
  }

  /**
   * @param {Wire.Conversation} conversation
   * @param {boolean} isOpen
   */
  template(conversation, isOpen) {
    const { id, running } = conversation
    return html`
      <li class="item ${isOpen ? "item--open" : ""}" data-testid="conversation" data-conversation-id=${id}
        data-running=${running.length > 0}>
        ${this.#renaming === id ? this.#field(conversation) : this.#link(conversation, isOpen)}
      </li>`
  }

  #link(conversation, isOpen) {
    const { id, running } = conversation
    const { t, actions } = this.#context
    const title = conversation.title || t("untitled")
    return html`
      <a class="item__link" href=${Router.path(id)} aria-current=${isOpen ? "page" : nothing} title=${title}
        @click=${(event) => actions.follow(event, () => actions.go(id))}><span class="item__title" dir="auto">${title}</span>
        ${running.length > 0 ? html`<i class="live" role="img" aria-label=${t("answering")}></i>` : nothing}</a>
      <button type="button" class="item__more" data-testid="conversation-menu" aria-haspopup="menu"
        aria-expanded="false" aria-label=${t("optionsOf", { title })} title=${t("more")}
        @click=${(event) => this.#open(event.currentTarget, conversation)}>${icons.more}</button>`
  }

  /**
   * @param {HTMLElement} button
   * @param {Wire.Conversation} conversation
   */
  #open(button, conversation) {
    const { actions } = this.#context
    const { id, pinned, archived } = conversation
    this.#menu.open(button, [
      { name: "rename", icon: "edit", act: () => this.#rename(id) },
      { name: pinned ? "unpin" : "pin", icon: "pin", act: () => actions.pin(conversation, !pinned) },
      {
        name: archived ? "unarchive" : "archive",
        icon: "archive",
        act: () => actions.archive(conversation, !archived),
      },
      null,
      { name: "exportMd", icon: "export", href: Api.exportOf("md", id) },
      { name: "exportJson", icon: "export", href: Api.exportOf("json", id) },
      null,
      { name: "remove", icon: "trash", act: () => actions.remove(conversation) },
    ])
  }

  #rename(id) {
    this.#renaming = id
    this.#changed(id)
    // The row may have gone while the menu was open.
    if (!document.querySelector(".item__field")) this.#renaming = null
  }

  /**
   * A title generated meanwhile stays, unless the user typed another one.
   * @param {Wire.Conversation} conversation
   */
  #field(conversation) {
    const { id } = conversation
    const end = (event, { save, focus = null }) => {
      if (this.#renaming !== id) return
      this.#renaming = null
      const title = event.target.value.trim()
      if (save && title && title !== conversation.title) this.#context.actions.rename(conversation, title)
      this.#changed(focus)
    }
    const key = (event) => {
      const action = keyAction(event)
      if (!action) return
      event.preventDefault()
      event.stopPropagation() // Close only the field, not the drawer.
      end(event, { save: action !== "cancel", focus: id })
    }
    return html`
      <input class="item__field" dir="auto" data-testid="rename" maxlength="200" aria-label=${this.#context.t("newName")}
        .value=${conversation.title ?? ""} @keydown=${key} @blur=${(event) => end(event, { save: true })}>`
  }
}
