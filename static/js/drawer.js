/** On a phone the list of conversations is a drawer: over the page, closed by Esc, a tap beside it or a choice. */
export class Drawer {
  #sidebar
  #opener
  #narrow

  constructor({ sidebar, opener, shade, narrow = matchMedia("(max-width: 48rem)") }) {
    this.#sidebar = sidebar
    this.#opener = opener
    this.#narrow = narrow
    opener.addEventListener("click", () => this.open())
    shade.addEventListener("click", () => this.close())
    sidebar.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close() })
    narrow.addEventListener("change", () => this.#set(false))
    this.#set(false)
  }

  open() {
    if (!this.#narrow.matches) return
    this.#set(true)
    this.#sidebar.querySelector("a, button").focus()
  }

  close() {
    if (!this.#narrow.matches || !document.body.classList.contains("page--drawer")) return
    this.#set(false)
    this.#opener.focus()
  }

  #set(open) {
    document.body.classList.toggle("page--drawer", open)
    this.#opener.setAttribute("aria-expanded", String(open))
    // A closed drawer is out of reach of the keyboard too.
    this.#sidebar.inert = this.#narrow.matches && !open
  }
}
