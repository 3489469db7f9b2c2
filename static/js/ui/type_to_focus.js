const LETTERS = /^Key[A-Z]$/

/** Elements that handle letters themselves. */
const TAKES_LETTERS = "input, textarea, select, iframe, [contenteditable], [role^=menu], [role=option], [role=tab]"

/** Letters typed outside of any field go to the message box. */
export class TypeToFocus {
  #busy
  #write

  /**
   * Inactive while `busy()` (a dialog or menu is open); `write` focuses the message box.
   * @param {{ busy: () => boolean, write: () => void }} parts
   */
  constructor({ busy, write }) {
    this.#busy = busy
    this.#write = write
  }

  /**
   * The browser then types the letter into the focused box.
   * @param {KeyboardEvent} event
   */
  keydown(event) {
    const target = /** @type {Element} */ (event.target)
    if (event.defaultPrevented || !typesText(event) || target.closest(TAKES_LETTERS) || this.#busy()) return
    this.#write()
  }
}

/** Whether a key types a character. Space scrolls and presses buttons. */
function typesText({ key, code, keyCode, ctrlKey, metaKey, altKey }) {
  if (ctrlKey || metaKey || altKey || key === " ") return false
  if (key === "Dead") return true
  if (key === "Process") return keyCode === 229 && LETTERS.test(code) // Handled by an input method.
  return [...key].length === 1
}
