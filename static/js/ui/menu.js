import { icons } from "./icons.js"
import { html, nothing, render } from "./lit.js"
import { PopoverAnchor } from "./popover_anchor.js"

/** @import { Translate } from "../base/translator.js" */

/**
 * An entry acts, or downloads `href`. `label` overrides the text of the name; `checked` makes it a radio item.
 * @typedef {{ name: string, icon: keyof typeof icons, act?: () => unknown, href?: string, label?: string,
 *   checked?: boolean | null, title?: string | null }} MenuEntry
 */
/** @typedef {{ heading: string, entries: (MenuEntry | MenuGroup)[] }} MenuGroup */

const STEPS = { ArrowDown: 1, ArrowUp: -1 }
const TYPING_MS = 700

/** A menu beside the button that opened it, shared by all buttons. */
export class Menu {
  #root
  #t
  #anchor
  #typed = ""
  #typedAt = 0

  /** @param {{ root: HTMLElement, t: Translate }} parts */
  constructor({ root, t }) {
    this.#root = root
    this.#t = t
    this.#anchor = new PopoverAnchor(root)
    root.addEventListener("keydown", (event) => this.#key(event))
  }

  /**
   * Open beside a button. An entry of null is a separator.
   * @param {HTMLElement} opener
   * @param {(MenuEntry | MenuGroup | null)[]} entries
   */
  open(opener, entries) {
    if (this.#anchor.isAt(opener)) return this.#root.hidePopover()
    render(html`${entries.map((entry) => this.#entryTemplate(entry))}`, this.#root)
    this.#root.setAttribute("aria-label", opener.getAttribute("aria-label") ?? opener.textContent.trim())
    this.#root.scrollTop = 0
    this.#anchor.open(opener)
    const items = this.#items
    ;(items.find((item) => item.ariaChecked === "true") ?? items[0])?.focus()
  }

  /** @param {MenuEntry | MenuGroup | null} entry */
  #entryTemplate(entry) {
    if (entry === null) return html`<hr class="menu__line">`
    if ("entries" in entry) return this.#group(entry)
    return entry.href ? this.#download(entry) : this.#button(entry)
  }

  /** @param {MenuGroup} group */
  #group({ heading, entries }) {
    return html`
      <div role="group" aria-label=${heading}>
        <p class="menu__heading" aria-hidden="true">${heading}</p>${entries.map((entry) => this.#entryTemplate(entry))}</div>`
  }

  /** @param {MenuEntry} entry */
  #button({ name, icon, act, label = this.#t(name), checked = null, title = null }) {
    return html`
      <button type="button" role=${checked === null ? "menuitem" : "menuitemradio"} tabindex="-1"
        aria-checked=${checked ?? nothing} class="menu__item menu__item--${name}" data-testid="menu-${name}"
        title=${title ?? nothing} @click=${() => this.#choose(act)}>
        ${checked === false ? html`<span class="menu__gap"></span>` : icons[icon]}<span class="menu__label">${label}</span></button>`
  }

  /** @param {MenuEntry} entry */
  #download({ name, icon, href }) {
    return html`
      <a role="menuitem" tabindex="-1" class="menu__item" data-testid="menu-${name}" href=${href} download
        @click=${() => this.#root.hidePopover()}>${icons[icon]}<span class="menu__label">${this.#t(name)}</span></a>`
  }

  #choose(act) {
    this.#root.hidePopover()
    act()
  }

  #key(event) {
    const items = this.#items
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement))
    if (event.key === "Tab") this.#root.hidePopover()
    if (event.key === "Home" || event.key === "End") this.#focus(event, items.at(event.key === "Home" ? 0 : -1))
    else if (STEPS[event.key]) this.#focus(event, items.at((at + STEPS[event.key]) % items.length))
    else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey)
      this.#find(event, items, at)
  }

  #focus(event, item) {
    event.preventDefault()
    item.focus()
  }

  /** Focus the item that begins with the typed letters; repeating one letter cycles. */
  #find(event, items, at) {
    const now = event.timeStamp
    this.#typed = now - this.#typedAt < TYPING_MS ? this.#typed + event.key.toLowerCase() : event.key.toLowerCase()
    this.#typedAt = now
    const walks = [...this.#typed].every((letter) => letter === this.#typed[0])
    const wanted = walks ? this.#typed[0] : this.#typed
    const order = [...items.slice(at + 1), ...items.slice(0, at + 1)]
    const from = walks ? order : [items[at], ...order]
    from.find((item) => item?.textContent.trim().toLowerCase().startsWith(wanted))?.focus()
  }

  get #items() {
    return [...this.#root.querySelectorAll("[role^=menuitem]")]
  }
}
