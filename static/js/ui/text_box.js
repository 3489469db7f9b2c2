import { keyAction } from "./enter_key.js"

/** @import { SendKey } from "../composer/send_key.js" */

const STEPS = { ArrowUp: -1, ArrowDown: 1 }
const LINE_BREAKS = new Set(["insertLineBreak", "insertParagraph"])
const RECENT_MS = 3000

/** Longer texts are laid out in a single font (composer.css, `data-long`). */
export const LONG_TEXT = 2000

/** Newer browsers size text boxes themselves (composer.css), without an extra layout. */
const SIZES_ITSELF = CSS.supports("field-sizing", "content")

/** A text box that grows with its text and handles Enter, also during composition. */
export class TextBox {
  #element
  #sendKey
  #handlers
  #composing = false
  #breaks = false
  #inputAt = -Infinity

  /**
   * `step` (-1 up, 1 down) is called for arrow keys; `step` and `cancel` return whether they did anything.
   * @param {HTMLTextAreaElement} element
   * @param {{ sendKey: SendKey, send: () => void, cancel?: () => boolean, changed?: () => void,
   *   step?: (direction: -1 | 1) => boolean }} how
   */
  constructor(element, { sendKey, send, cancel = () => false, changed = () => {}, step = () => false }) {
    this.#element = element
    this.#sendKey = sendKey
    this.#handlers = { send, cancel, step }
    element.addEventListener("compositionstart", () => {
      this.#composing = true
    })
    element.addEventListener("compositionend", () => {
      this.#composing = false
    })
    element.addEventListener("focus", () => {
      element.enterKeyHint = sendKey.hint
    })
    element.addEventListener("keydown", (event) => this.#key(event))
    element.addEventListener("beforeinput", (event) => this.#before(event))
    element.addEventListener("input", () => {
      this.#inputAt = Date.now()
      this.grow()
      changed()
    })
  }

  get text() {
    return this.#element.value
  }

  set text(value) {
    if (value === this.text) return
    this.#widen(value.length)
    this.#element.value = value
    this.grow()
  }

  get focused() {
    return this.#element.ownerDocument.activeElement === this.#element
  }

  /** Whether the user is typing here right now. */
  get busy() {
    return this.#composing || (this.focused && Date.now() - this.#inputAt < RECENT_MS)
  }

  /** Whether the caret is at either end, where an arrow key would leave the text. */
  get atEdge() {
    const { selectionStart, selectionEnd } = this.#element
    return selectionStart === selectionEnd && (selectionStart === 0 || selectionEnd === this.text.length)
  }

  focus() {
    this.#element.focus()
    this.toEnd()
  }

  toEnd() {
    this.#element.setSelectionRange(this.text.length, this.text.length)
  }

  /**
   * Remove the text from an index on, so that the browser's own undo brings it back.
   * @param {number} at
   */
  cut(at) {
    this.#element.focus()
    this.#element.setSelectionRange(at, this.text.length)
    this.#element.ownerDocument.execCommand("delete")
  }

  /** End a composition, as when a button is tapped during it. */
  settle() {
    if (this.#composing) this.#element.blur()
  }

  grow() {
    if (SIZES_ITSELF) return
    this.#element.style.blockSize = "auto"
    this.#element.style.blockSize = `${this.#element.scrollHeight}px`
  }

  /** Select the font of long texts before they are laid out (composer.css). */
  #widen(length) {
    this.#element.toggleAttribute("data-long", length > LONG_TEXT)
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    this.#breaks = event.shiftKey || event.altKey
    const action = keyAction(event, this.#sendKey.value)
    if (action === "send") {
      event.preventDefault()
      this.#handlers.send()
    } else if (action === "cancel") {
      if (this.#handlers.cancel()) event.preventDefault()
    } else if (STEPS[event.key] && isPlain(event) && this.#handlers.step(STEPS[event.key])) event.preventDefault()
  }

  /**
   * Korean input methods end the syllable and pass on Enter. Safari's keydown still has keyCode 229 then, so send on
   * the line break that follows.
   * @param {InputEvent} event
   */
  #before(event) {
    this.#widen(this.text.length + (event.data?.length ?? 0))
    if (!LINE_BREAKS.has(event.inputType) || event.isComposing || this.#breaks) return
    if (this.#sendKey.value !== "enter") return
    event.preventDefault()
    this.#handlers.send()
  }
}

function isPlain(event) {
  const { shiftKey, altKey, ctrlKey, metaKey, isComposing, keyCode } = event
  return !(shiftKey || altKey || ctrlKey || metaKey || isComposing || keyCode === 229)
}
