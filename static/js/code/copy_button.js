import { icons } from "../ui/icons.js"
import { html } from "../ui/lit.js"

/** @import { BlockContext } from "./code_block.js" */

const SHOWN_MS = 2000

/** A button that copies a text and confirms it for a moment. */
export class CopyButton {
  #context
  #text
  #changed
  #timer = null

  /**
   * `text()` returns what is copied; `changed` is called to redraw the button.
   * @param {BlockContext} context
   * @param {{ text: () => string, changed: () => void }} parts
   */
  constructor(context, { text, changed }) {
    this.#context = context
    this.#text = text
    this.#changed = changed
  }

  template() {
    const { t } = this.#context
    const copied = this.#timer !== null
    return html`<button type="button" class="code__button" data-testid="code-copy" @click=${() => this.#copy()}>
      ${copied ? icons.check : icons.copy}<span>${t(copied ? "copied" : "copy")}</span></button>`
  }

  async #copy() {
    const { clipboard, announce } = this.#context
    if (!(await clipboard.copy(this.#text()))) return
    announce?.("copied")
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#changed()
    }, SHOWN_MS)
    this.#changed()
  }
}
