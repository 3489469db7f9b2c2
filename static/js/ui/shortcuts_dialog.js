import { icons } from "./icons.js"
import { html, render } from "./lit.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { SendKeyName } from "./enter_key.js" */
/** @import { Shortcuts } from "./shortcuts.js" */

/** Lists all shortcuts. */
export class ShortcutsDialog {
  #root
  #t
  #shortcuts
  #sendKey

  /**
   * `sendKey` returns the current send key.
   * @param {{ root: HTMLDialogElement, t: Translate, shortcuts: Shortcuts, sendKey: () => SendKeyName }} parts
   */
  constructor({ root, t, shortcuts, sendKey }) {
    this.#root = root
    this.#t = t
    this.#shortcuts = shortcuts
    this.#sendKey = sendKey
  }

  open() {
    if (this.#root.open) return
    this.#draw()
    this.#root.showModal()
  }

  #draw() {
    const t = this.#t
    render(
      html`
      <h2 class="dialog__title" id="shortcuts-title">${t("shortcuts")}</h2>
      <div class="keys">${this.#shortcuts.groups(this.#sendKey()).map(
        ({ group, rows }) => html`
        <section class="keys__group">
          <h3 class="dialog__part">${t(group)}</h3>
          <dl class="keys__rows">${rows.map((row) => this.#row(row))}</dl>
        </section>`,
      )}</div>
      <button type="button" class="dialog__close" data-testid="dialog-close" aria-label=${t("close")} title=${t("close")}
        @click=${() => this.#root.close()}>${icons.close}</button>`,
      this.#root,
    )
  }

  #row({ name, shortcuts }) {
    const combination = ({ caps }) =>
      html`<span class="keys__combination">${caps.map((cap) => html`<kbd>${cap}</kbd>`)}</span>`
    return html`
      <div class="keys__row" data-testid="shortcut" data-name=${name}>
        <dt>${this.#t(name)}</dt><dd>${shortcuts.map(combination)}</dd></div>`
  }
}
