/** Copying, also on plain HTTP, where browsers offer only the older way. */
export class Clipboard {
  #failed

  constructor(failed) { this.#failed = failed }

  /** Copy a text; whether that worked. */
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
  const focused = document.activeElement
  const box = document.createElement("textarea")
  box.className = "hidden"
  box.value = text
  // What is outside of an open dialog cannot be selected.
  const dialog = focused?.closest("dialog")
  ;(dialog ?? document.body).append(box)
  box.select()
  const copied = document.execCommand("copy")
  box.remove()
  focused?.focus()
  return copied
}
