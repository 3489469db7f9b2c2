import { ConversationActions } from "./conversation_actions.js"
import { Drawer } from "./drawer.js"
import { PageMenu } from "./page_menu.js"
import { SearchView } from "./search_view.js"
import { Sidebar } from "./sidebar.js"

/** @import { Page } from "../app.js" */
/** @import { Format } from "../base/format.js" */
/** @import { Translate } from "../base/translator.js" */
/** @import { MainPane } from "../main_pane.js" */
/** @import { OutboxEntry } from "../state/outbox_store.js" */
/** @import { TabState } from "../state/tab_state.js" */
/** @import { MenuEntry } from "../ui/menu.js" */
/** @import { Shortcut } from "../ui/shortcut.js" */

/**
 * What the parts of the list share. `keys` returns a shortcut by its name; `menuEntries` are those of the menu at the
 * foot.
 * @typedef {{ isShell: boolean, t: Translate, format: Format, keys: (name: string) => Shortcut, actions: ListActions,
 *   menuEntries: (MenuEntry | null)[] }} ListContext
 */
/**
 * What a user can do in the list. `follow` handles a click on a link.
 * @typedef {{
 *   go: (id: string | null) => void,
 *   open: (id: string, hit: Wire.Hit) => void,
 *   follow: (event: MouseEvent, act: () => void) => void,
 *   rename: ConversationActions["rename"],
 *   pin: ConversationActions["pin"],
 *   archive: ConversationActions["archive"],
 *   remove: ConversationActions["remove"],
 *   leaveSearch: () => void,
 *   closeList: () => void,
 * }} ListActions
 */

/** The sidebar: list, search and menus, wired to the main pane. */
export class ListPane {
  #state
  #page
  #main
  #drawer
  #searchView

  /**
   * `main` is the pane that the list opens.
   * @param {{ state: TabState, page: Page, main: MainPane }} parts
   */
  constructor({ state, page, main }) {
    const { findPart, shortcuts, menu } = page
    const { list, search, local } = state
    const root = findPart("sidebar")
    this.#state = state
    this.#page = page
    this.#main = main
    this.#drawer = new Drawer({
      sidebar: root,
      main: findPart("main"),
      opener: findPart("menu"),
      shade: findPart("shade"),
      storage: local,
      cover: (close) => state.router.cover(close),
    })
    const context = this.#context()
    this.#searchView = new SearchView({ ...page, context, search, shortcut: shortcuts.of("search"), root })
    const sidebar = new Sidebar({ context, list, search, searchView: this.#searchView, menu, root })
    this.#searchView.on("changed", () => sidebar.draw())
    main.on("shows", (id) => sidebar.mark(id))
    list.on("failed", () => page.toasts.show(page.t("listFailed")))
    state.on("unsent", (entry) => this.#unsent(entry))
  }

  /**
   * Navigate. A new chat is empty even while another one is being sent.
   * @param {string | null} id
   */
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

  toggle() {
    this.#drawer.toggle()
  }
  /** Returns whether there was a drawer to close. */
  closeDrawer() {
    return this.#drawer.closeDrawer()
  }

  /** @returns {ListContext} */
  #context() {
    const { t, format, boot, shortcuts } = this.#page
    return {
      isShell: boot.offline,
      t,
      format,
      keys: (name) => shortcuts.of(name),
      actions: this.#actions(),
      menuEntries: this.#menuEntries(),
    }
  }

  /** @returns {ListActions} */
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
      leaveSearch: () => this.#drawer.closeDrawer() || this.#main.write(),
      closeList: () => this.#drawer.close(),
    }
  }

  /**
   * The entries of the menu at the foot.
   * @returns {(MenuEntry | null)[]}
   */
  #menuEntries() {
    const { api, list, outbox, router } = this.#state
    const left = () => this.#state.leave()
    const closeDrawer = () => this.closeDrawer()
    const { menuEntries } = new PageMenu({ ...this.#page, api, list, outbox, router, left, closeDrawer })
    return [
      { name: "settings", icon: "tuner", act: () => this.#main.openSettings() },
      null,
      ...menuEntries,
      null,
      { name: "shortcuts", icon: "keyboard", act: () => this.#page.shortcutsDialog.open() },
    ]
  }

  /**
   * @param {string} id
   * @param {Wire.Hit} hit
   */
  #open(id, { message_id: messageId, words }) {
    this.closeDrawer()
    if (messageId) this.#main.showMessage(id, messageId, words)
    else this.#state.router.go(id)
  }

  /** @param {OutboxEntry} entry */
  #unsent(entry) {
    const { t, toasts } = this.#page
    const id = this.#state.outbox.conversationOf(entry)
    toasts.show(t("not_sent"), { label: t("showUnsent"), act: () => this.go(id) })
  }
}

/**
 * Handle plain clicks in the page; with a modifier the browser opens a tab.
 * @param {MouseEvent} event
 * @param {() => void} act
 */
function followLink(event, act) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
  event.preventDefault()
  act()
}
