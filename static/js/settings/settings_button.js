import { icons } from "../ui/icons.js"
import { html, nothing, render } from "../ui/lit.js"
import { describeDifferences } from "./settings_summary.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { Settings } from "../state/settings.js" */

/** The settings button in the header; shows what differs from the defaults. */
export class SettingsButton {
  #settings
  #t
  #root
  #open

  /** @param {{ settings: Settings, t: Translate, root: HTMLElement, open: () => void }} parts */
  constructor({ settings, t, root, open }) {
    this.#settings = settings
    this.#t = t
    this.#root = root
    this.#open = open
    settings.on("changed", () => this.#draw())
    this.#draw()
  }

  #draw() {
    const t = this.#t
    const { effective, defaults, isOpen } = this.#settings
    const parts = isOpen ? describeDifferences(effective, defaults).map(([key, values]) => t(key, values)) : []
    const label = [t("settings"), ...parts].join(", ")
    render(
      html`
      <button type="button" class="tuner" data-testid="settings-button" aria-haspopup="dialog" aria-label=${label}
        ?disabled=${!isOpen} title=${label} @click=${() => this.#open()}>${icons.tuner}
        ${parts.length > 0 ? html`<span class="tuner__state">${parts.join(" · ")}</span>` : nothing}</button>`,
      this.#root,
    )
  }
}
