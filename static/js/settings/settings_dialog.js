import { icons } from "../ui/icons.js"
import { html, nothing, render } from "../ui/lit.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { Settings } from "../state/settings.js" */

/**
 * A tab. `sync` is called after each drawing; `flush` saves all input and resolves to whether that worked.
 * @typedef {{ template: () => unknown, sync?: () => void, flush?: () => Promise<boolean> }} DialogTab
 */

const STEPS = { ArrowRight: 1, ArrowLeft: -1 }

/** The settings dialog with its tabs: browser, conversation, presets, defaults. */
export class SettingsDialog {
  #root
  #view
  #settings
  #tabs
  #t
  #onUnsaved
  #shown = "conversation"
  #isLeft = true

  /**
   * `onClosed` is called after closing, and `onUnsaved` then if not everything could be saved.
   * @param {{ root: HTMLDialogElement, settings: Settings, tabs: Record<string, DialogTab>, t: Translate,
   *   onClosed: () => void, onUnsaved: (tab: string, conversationId: string | null) => void }} parts
   */
  constructor({ root, settings, tabs, t, onClosed, onUnsaved }) {
    this.#onUnsaved = onUnsaved
    this.#root = root
    this.#view = root.querySelector("[data-part=view]")
    this.#settings = settings
    this.#tabs = tabs
    this.#t = t
    root.addEventListener("close", () => {
      this.#leave()
      onClosed()
    })
  }

  /**
   * Open at a tab: "conversation", "presets", "defaults" or "browser".
   * @param {string} name
   */
  open(name = "conversation") {
    if (this.#root.open) return
    this.#shown = name
    this.#isLeft = false
    this.#render()
    this.#root.showModal()
    this.#tabButton(name).focus()
    this.#flush() // Retry what could not be saved.
  }

  /** Save first: the input belongs to the conversation shown now. */
  close() {
    if (!this.#root.open) return
    this.#leave()
    this.#root.close()
  }

  draw() {
    if (this.#root.open) this.#render()
  }

  #render() {
    const t = this.#t
    const tab = this.#tabs[this.#shown]
    render(
      html`
      <div class="settings__head">
        <h2 class="dialog__title" id="settings-title">${t("settings")}</h2>
        <div class="settings__tabs" role="tablist" aria-labelledby="settings-title" @keydown=${(event) => this.#step(event)}>
          ${Object.keys(this.#tabs).map((name) => this.#tabTemplate(name))}</div>
        <button type="button" class="dialog__close" data-testid="dialog-close" aria-label=${t("close")} title=${t("close")}
          @click=${() => this.close()}>${icons.close}</button>
      </div>
      <div class="settings__sheet" role="tabpanel" id="settings-sheet" tabindex="-1" aria-labelledby="sheet-${this.#shown}"
        data-testid="sheet-${this.#shown}">${tab.template()}</div>`,
      this.#view,
    )
    tab.sync?.()
  }

  #tabTemplate(name) {
    const isShown = name === this.#shown
    return html`
      <button type="button" role="tab" class="settings__tab" id="sheet-${name}" data-testid="tab-${name}"
        aria-selected=${isShown} aria-controls="settings-sheet" tabindex=${isShown ? nothing : "-1"}
        @click=${() => this.#show(name)}>${this.#t(`sheet_${name}`)}</button>`
  }

  #show(name) {
    this.#flush()
    this.#shown = name
    this.draw()
    this.#view.querySelector(".settings__sheet").scrollTop = 0
  }

  /** @param {KeyboardEvent} event */
  #step(event) {
    const names = Object.keys(this.#tabs)
    const at = names.indexOf(this.#shown)
    const to = { Home: 0, End: names.length - 1 }[event.key] ?? at + (STEPS[event.key] ?? 0)
    if (to === at && !(event.key in STEPS)) return
    event.preventDefault()
    this.#show(names.at(to % names.length))
    this.#tabButton(this.#shown).focus()
  }

  /** Runs once, however the dialog was closed. */
  async #leave() {
    if (this.#isLeft) return
    this.#isLeft = true
    const { id } = this.#settings
    const at = (await this.#flush()).indexOf(false)
    if (at >= 0) this.#onUnsaved(Object.keys(this.#tabs)[at], id)
  }

  #flush() {
    return Promise.all(Object.values(this.#tabs).map((tab) => tab.flush?.() ?? true))
  }

  #tabButton(name) {
    return this.#view.querySelector(`#sheet-${name}`)
  }
}
