const LETTERS = /^Key[A-Z]$/

/** What takes letters itself: to write them, or to find by them. */
const TAKES_LETTERS = "input, textarea, select, iframe, [contenteditable], [role^=menu], [role=option], [role=tab]"

/** Letters that are typed where nothing takes them go into the message box, from the first one on. */
export class TypeToFocus {
  #busy
  #write

  /** While `busy()`, as with a dialog or a menu open, they are left alone; `write` gives the box the focus. */
  constructor({ busy, write }) {
    this.#busy = busy
    this.#write = write
  }

  /** The key itself is left to the browser: it writes where the focus is by then. */
  keydown(event) {
    if (event.defaultPrevented || !typesText(event) || event.target.closest(TAKES_LETTERS) || this.#busy()) return
    this.#write()
  }
}

/** Whether a key writes a letter, or begins one. The blank scrolls, and presses buttons. */
function typesText({ key, code, keyCode, ctrlKey, metaKey, altKey }) {
  if (ctrlKey || metaKey || altKey || key === " ") return false
  if (key === "Dead") return true
  if (key === "Process") return keyCode === 229 && LETTERS.test(code) // An input method has it.
  return [...key].length === 1
}
