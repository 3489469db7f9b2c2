import { NARROW } from "../ui/back_closes.js"

/** @import { SafeStorage } from "../base/storage.js" */

const KEY = "chatapp.list"

/**
 * Shows and hides the list. On wide screens it is a column, and stays hidden once folded; on phones it is a drawer,
 * closed by Esc, Back, a tap outside, or a choice.
 */
export class Drawer {
  #sidebar
  #main
  #opener
  #storage
  #narrow
  #cover
  #uncover = () => {}

  /**
   * @param {{ sidebar: HTMLElement, main: HTMLElement, opener: HTMLElement, shade: HTMLElement, storage: SafeStorage,
   *   cover: (close: () => void) => () => void, narrow?: MediaQueryList }} parts
   */
  constructor({ sidebar, main, opener, shade, storage, cover, narrow = matchMedia(NARROW) }) {
    this.#sidebar = sidebar
    this.#main = main
    this.#opener = opener
    this.#storage = storage
    this.#cover = cover
    this.#narrow = narrow
    opener.addEventListener("click", () => this.open())
    shade.addEventListener("click", () => this.close())
    narrow.addEventListener("change", () => this.#begin())
    this.#begin()
  }

  get isOpen() {
    return !this.#sidebar.inert
  }

  /** Show and focus the list. */
  open() {
    if (this.isOpen) return
    this.#set(true)
    this.#sidebar.querySelector("[data-testid=new-chat]").focus()
  }

  /** Hide the list. Focus inside it moves to the button that shows it again. */
  close() {
    if (!this.isOpen) return
    const wasInside = this.#sidebar.contains(document.activeElement)
    this.#set(false)
    if (this.#narrow.matches || wasInside) this.#opener.focus()
  }

  /** Close the drawer; returns false where the list is none, or is closed. */
  closeDrawer() {
    if (!this.#narrow.matches || !this.isOpen) return false
    this.close()
    return true
  }

  toggle() {
    return this.isOpen ? this.close() : this.open()
  }

  #begin() {
    this.#show(!this.#narrow.matches && this.#storage.getItem(KEY) !== "folded")
  }

  #set(open) {
    if (!this.#narrow.matches) {
      if (open) this.#storage.removeItem(KEY)
      else this.#storage.setItem(KEY, "folded")
    }
    this.#show(open)
  }

  /** Hidden or covered content is inert. */
  #show(open) {
    const narrow = this.#narrow.matches
    document.body.classList.toggle("page--drawer", narrow && open)
    document.body.classList.toggle("page--folded", !narrow && !open)
    this.#opener.setAttribute("aria-expanded", String(open))
    this.#sidebar.inert = !open
    this.#main.inert = narrow && open
    this.#uncover()
    this.#uncover = narrow && open ? this.#cover(() => this.close()) : () => {}
  }
}
