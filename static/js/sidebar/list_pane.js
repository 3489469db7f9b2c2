import { ConversationActions } from "./conversation_actions.js"
import { Drawer } from "./drawer.js"
import { PageMenu } from "./page_menu.js"
import { SearchView } from "./search_view.js"
import { Sidebar } from "./sidebar.js"

/** The list of conversations and what stands with it: the search, the menus, and the ways to what they name. */
export class ListPane {
  #state
  #page
  #main
  #drawer
  #searchView

  /** `page` is what all parts of the page share; `main` is where the list leads. */
  constructor({ state, page, main }) {
    const { findPart, shortcuts, menu } = page
    const { list, search, local } = state
    const root = findPart("sidebar")
    this.#state = state
    this.#page = page
    this.#main = main
    this.#drawer = new Drawer({ sidebar: root, main: findPart("main"), opener: findPart("menu"), shade: findPart("shade"), storage: local })
    const context = this.#context()
    this.#searchView = new SearchView({ ...page, context, search, shortcut: shortcuts.of("search"), root })
    const sidebar = new Sidebar({ context, list, search, searchView: this.#searchView, menu, root })
    this.#searchView.on("changed", () => sidebar.draw())
    main.on("shows", (id) => sidebar.mark(id))
    list.on("failed", () => page.toasts.show(page.t("listFailed")))
    state.on("unsent", (entry) => this.#unsent(entry))
  }

  /** Go where the person chose. A new chat is a fresh one, also while one is being sent. */
  go(id) {
    const { t, toasts } = this.#page
    this.closeDrawer()
    if (id === null && this.#state.newChat.setAside()) toasts.show(t("setAside"))
    this.#state.router.go(id)
  }

  find() {
    this.#drawer.open()
    this.#searchView.focus()
  }

  toggle() { this.#drawer.toggle() }
  closeDrawer() { this.#drawer.closeDrawer() }

  #context() {
    const { t, format, boot, shortcuts } = this.#page
    return {
      isShell: boot.offline, t, format,
      keys: (name) => shortcuts.of(name), actions: this.#actions(), menuEntries: this.#menuEntries(),
    }
  }

  #actions() {
    const { t, toasts } = this.#page
    const { list, router, sync } = this.#state
    const actions = new ConversationActions({ list, router, sync, toasts, t })
    return {
      go: (id) => this.go(id),
      open: (id, hit) => this.#open(id, hit),
      follow: followLink,
      rename: (...one) => actions.rename(...one),
      pin: (...one) => actions.pin(...one),
      archive: (...one) => actions.archive(...one),
      remove: (...one) => actions.remove(...one),
      leaveSearch: () => this.#main.write(),
      closeList: () => this.#drawer.close(),
    }
  }

  /** What the menu at the foot offers. */
  #menuEntries() {
    const { api, list, outbox, router } = this.#state
    const { menuEntries } = new PageMenu({ ...this.#page, api, list, outbox, router })
    return [
      { name: "settings", icon: "tuner", act: () => this.#main.openSettings() }, null, ...menuEntries, null,
      { name: "shortcuts", icon: "keyboard", act: () => this.#page.shortcutsDialog.open() },
    ]
  }

  #open(id, { message_id: messageId, parts }) {
    this.closeDrawer()
    if (messageId) this.#main.showMessage(id, messageId, parts.find(({ match }) => match)?.text ?? "")
    else this.#state.router.go(id)
  }

  #unsent(entry) {
    const { t, toasts } = this.#page
    const id = this.#state.outbox.conversationOf(entry)
    toasts.show(t("not_sent"), { label: t("showUnsent"), act: () => this.go(id) })
  }
}

/** A plain click stays in this page; with a modifier it opens a tab, as with any link. */
function followLink(event, act) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
  event.preventDefault()
  act()
}
