/** Copies text, also on plain HTTP, where only the old command works. */
export class Clipboard {
  #failed

  /** @param {() => void} failed */
  constructor(failed) {
    this.#failed = failed
  }

  /**
   * Copy a text; returns whether that worked.
   * @param {string} text
   */
  async copy(text) {
    try {
      if (navigator.clipboard) await navigator.clipboard.writeText(text)
      else if (!copyBySelection(text)) throw new Error("not allowed")
      return true
    } catch {
      this.#failed()
      return false
    }
  }
}

function copyBySelection(text) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement)
  const box = document.createElement("textarea")
  box.className = "hidden"
  box.value = text
  // Only content of an open modal dialog can be selected.
  const dialog = focused?.closest("dialog")
  ;(dialog ?? document.body).append(box)
  box.select()
  const copied = document.execCommand("copy")
  box.remove()
  focused?.focus()
  return copied
}
