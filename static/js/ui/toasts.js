import { icons } from "./icons.js"
import { html, nothing, render, repeat } from "./lit.js"

/** @import { Timers } from "../base/scheduling.js" */
/** @import { Translate } from "../base/translator.js" */

/**
 * `undoes`: false if it is no undo.
 * @typedef {{ label: string, act: () => unknown, undoes?: boolean }} ToastAction
 */
/** @typedef {{ key: number, text: string, action: ToastAction | null, timer: any }} Toast */

const SHOWN_MS = 10_000
const MAX = 3

/**
 * Short messages, each with an optional action. They stay while they are hovered or focused.
 * At most three are kept, the newest is seen; those without an action go first. A repeated message replaces the earlier one.
 */
export class Toasts {
  #root
  #t
  #timers
  /** @type {Toast[]} */
  #shown = []
  #serial = 0
  /** @type {HTMLElement | null} */
  #cameFrom = null

  /** @param {{ root: HTMLElement, t: Translate, timers?: Timers }} parts */
  constructor({ root, t, timers = globalThis }) {
    this.#root = root
    this.#t = t
    this.#timers = timers
    root.addEventListener("focusin", (event) => {
      const from = /** @type {HTMLElement | null} */ (event.relatedTarget)
      if (!root.contains(from)) this.#cameFrom = from
    })
    root.addEventListener("pointerleave", () => this.#again())
    root.addEventListener("focusout", () => this.#again())
  }

  /**
   * @param {string} text
   * @param {ToastAction | null} action
   */
  show(text, action = null) {
    this.#later(this.#add(text, action))
  }

  /**
   * Run a function and show its error; returns whether it succeeded.
   * @param {() => unknown} act
   */
  async attempt(act) {
    try {
      await act()
      return true
    } catch (error) {
      this.show(error.message)
      return false
    }
  }

  /**
   * Show a message whose text changes, until it is closed or its action is taken.
   * @param {string} text
   * @param {ToastAction | null} action
   */
  keep(text, action) {
    const toast = this.#add(text, action)
    const say = (now) => {
      toast.text = now
      this.#draw()
    }
    return { say, close: () => this.#close(toast) }
  }

  /** Run the newest undo action; returns false if there is none. */
  undo() {
    const toast = this.#shown.findLast(({ action }) => action && action.undoes !== false)
    if (!toast) return false
    this.#do(toast)
    return true
  }

  /**
   * @param {string} text
   * @param {ToastAction | null} action
   * @returns {Toast}
   */
  #add(text, action) {
    const toast = { key: ++this.#serial, text, action, timer: null }
    const same = this.#shown.find((one) => one.text === text && !action && !one.action && one.timer !== null)
    if (same) this.#close(same)
    else if (this.#shown.length >= MAX) this.#close(this.#least)
    this.#shown = [...this.#shown, toast]
    this.#draw()
    return toast
  }

  /** The toast to remove: the oldest timed one, preferably without an action. */
  get #least() {
    const passing = this.#shown.filter(({ timer }) => timer !== null)
    return passing.find(({ action }) => !action) ?? passing[0] ?? this.#shown[0]
  }

  #do(toast) {
    this.#close(toast)
    toast.action.act()
  }

  /** Restart the timer. */
  #later(toast) {
    this.#timers.clearTimeout(toast.timer)
    toast.timer = this.#timers.setTimeout(() => {
      if (this.#unseen) this.#later(toast)
      else if (!this.#attended) this.#close(toast)
    }, SHOWN_MS)
  }

  #again() {
    for (const toast of this.#shown) if (toast.timer !== null) this.#later(toast)
  }

  /** Whether toasts are out of sight: in a hidden tab, or behind a modal dialog. */
  get #unseen() {
    return document.hidden || [...document.querySelectorAll("dialog:modal")].some((one) => !one.contains(this.#root))
  }

  get #attended() {
    return this.#root.matches(":hover, :focus-within")
  }

  /** Return the focus to where it came from. */
  #close(toast) {
    this.#timers.clearTimeout(toast.timer)
    const hadFocus = this.#root.contains(document.activeElement)
    this.#shown = this.#shown.filter((one) => one !== toast)
    this.#draw()
    this.#again() // Another may be seen only now.
    if (hadFocus && document.activeElement === document.body) this.#cameFrom?.focus()
  }

  #draw() {
    const action = (toast) => html`
      <button type="button" class="toast__deed" data-testid="toast-deed"
        @click=${() => this.#do(toast)}>${toast.action.label}</button>`
    render(
      html`${repeat(
        this.#shown,
        ({ key }) => key,
        (toast) => html`
      <div class="toast ${toast.action ? "toast--deed" : ""}" data-testid="toast"><span class="toast__text">${toast.text}</span>
        ${toast.action ? action(toast) : nothing}
        <button type="button" class="toast__close" aria-label=${this.#t("dismiss")} title=${this.#t("dismiss")}
          @click=${() => this.#close(toast)}>${icons.close}</button></div>`,
      )}`,
      this.#root,
    )
  }
}
