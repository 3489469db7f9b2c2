import { html, render } from "./lit.js"
import { icons } from "./icons.js"

/** The menu of one conversation in the list; one menu serves them all. */
export class ConversationMenu {
  #root
  #t
  #opener = null

  constructor({ root, t }) {
    this.#root = root
    this.#t = t
    root.addEventListener("keydown", (event) => this.#key(event))
    root.addEventListener("toggle", (event) => { if (event.newState === "closed") this.#closed() })
    window.addEventListener("resize", () => this.#root.hidePopover())
  }

  /** Open beside the button that asked. `deeds` are {name, testid, icon, act}. */
  open(opener, deeds) {
    this.#opener = opener
    render(html`${deeds.map(({ name, icon, act }) => html`
      <button type="button" role="menuitem" class="menu__item menu__item--${name}" data-testid="menu-${name}"
        @click=${() => this.#choose(act)}>${icons[icon]}${this.#t(name)}</button>`)}`, this.#root)
    this.#root.setAttribute("aria-label", opener.getAttribute("aria-label"))
    this.#root.showPopover()
    this.#place()
    opener.setAttribute("aria-expanded", "true")
    this.#root.querySelector("button").focus()
  }

  #place() {
    const at = this.#opener.getBoundingClientRect()
    const { offsetWidth: width, offsetHeight: height } = this.#root
    const left = Math.max(8, Math.min(at.left, innerWidth - width - 8))
    const below = at.bottom + height + 8 < innerHeight
    this.#root.style.setProperty("left", `${left}px`)
    this.#root.style.setProperty("top", `${below ? at.bottom : Math.max(8, at.top - height)}px`)
  }

  #choose(act) {
    this.#root.hidePopover()
    act()
  }

  #closed() { this.#opener?.setAttribute("aria-expanded", "false") }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (!step) return
    event.preventDefault()
    const items = [...this.#root.querySelectorAll("button")]
    items.at((items.indexOf(document.activeElement) + step) % items.length).focus()
  }
}
