import { html, render } from "./lit.js"
import { icons } from "./icons.js"

/** A menu beside the button that opened it; one menu serves all buttons. */
export class Menu {
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

  /**
   * Open beside the button that asked. `deeds` are {name, icon, act}, or with `href` what is downloaded; null draws
   * a line between two groups.
   */
  open(opener, deeds) {
    this.#opener = opener
    render(html`${deeds.map((deed) => this.#item(deed))}`, this.#root)
    this.#root.setAttribute("aria-label", opener.getAttribute("aria-label"))
    this.#root.showPopover()
    this.#place()
    opener.setAttribute("aria-expanded", "true")
    this.#items[0].focus()
  }

  #item(deed) {
    if (deed === null) return html`<hr class="menu__line">`
    return deed.href ? this.#download(deed) : this.#deed(deed)
  }

  #deed({ name, icon, act }) {
    return html`
      <button type="button" role="menuitem" class="menu__item menu__item--${name}" data-testid="menu-${name}"
        @click=${() => this.#choose(act)}>${icons[icon]}${this.#t(name)}</button>`
  }

  #download({ name, icon, href }) {
    return html`
      <a role="menuitem" class="menu__item" data-testid="menu-${name}" href=${href} download
        @click=${() => this.#root.hidePopover()}>${icons[icon]}${this.#t(name)}</a>`
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
    const items = this.#items
    const at = items.indexOf(document.activeElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    items.at(to % items.length).focus()
  }

  get #items() { return [...this.#root.querySelectorAll("[role=menuitem]")] }
}
