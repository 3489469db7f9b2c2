const KEY = "chatapp.list"

/**
 * Shows and hides the list of conversations. Where there is room it stands beside the messages, and stays away once it
 * was put away; on a phone it is a drawer over the page, closed by Esc, a tap beside it or a choice.
 */
export class Drawer {
  #sidebar
  #main
  #opener
  #storage
  #narrow

  constructor({ sidebar, main, opener, shade, storage, narrow = matchMedia("(max-width: 48rem)") }) {
    this.#sidebar = sidebar
    this.#main = main
    this.#opener = opener
    this.#storage = storage
    this.#narrow = narrow
    opener.addEventListener("click", () => this.open())
    shade.addEventListener("click", () => this.close())
    sidebar.addEventListener("keydown", (event) => { if (event.key === "Escape") this.closeDrawer() })
    narrow.addEventListener("change", () => this.#begin())
    this.#begin()
  }

  get isOpen() { return !this.#sidebar.inert }

  /** Show the list, and go there. */
  open() {
    if (this.isOpen) return
    this.#set(true)
    this.#sidebar.querySelector("[data-testid=new-chat]").focus()
  }

  /** Put the list away; the focus, if it was there, goes to the button that brings it back. */
  close() {
    if (!this.isOpen) return
    const wasInside = this.#sidebar.contains(document.activeElement)
    this.#set(false)
    if (this.#narrow.matches || wasInside) this.#opener.focus()
  }

  /** Close what covers the page; a list beside it may stay. */
  closeDrawer() { if (this.#narrow.matches) this.close() }

  toggle() { return this.isOpen ? this.close() : this.open() }

  #begin() { this.#show(!this.#narrow.matches && this.#storage.getItem(KEY) !== "folded") }

  #set(open) {
    if (!this.#narrow.matches) {
      if (open) this.#storage.removeItem(KEY)
      else this.#storage.setItem(KEY, "folded")
    }
    this.#show(open)
  }

  /** What is hidden, or covered by the drawer, is out of reach of the keyboard too. */
  #show(open) {
    const narrow = this.#narrow.matches
    document.body.classList.toggle("page--drawer", narrow && open)
    document.body.classList.toggle("page--folded", !narrow && !open)
    this.#opener.setAttribute("aria-expanded", String(open))
    this.#sidebar.inert = !open
    this.#main.inert = narrow && open
  }
}
