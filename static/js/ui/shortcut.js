const APPLE = /Mac|iPhone|iPad/
const PLAIN = { Mod: "Ctrl", Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓", PageUp: "Page Up", PageDown: "Page Down" }
const SIGNS = {
  ...PLAIN,
  Mod: "⌘",
  Shift: "⇧",
  Escape: "esc",
  Enter: "↩",
  Home: "↖",
  End: "↘",
  PageUp: "⇞",
  PageDown: "⇟",
}

/** A key with modifiers: "Mod+Shift+O". Mod is ⌘ on Apple's platforms, else Ctrl. */
export class Shortcut {
  #mod
  #shift
  #key
  #apple

  /** @param {string} combination */
  constructor(combination, platform = navigator.userAgentData?.platform ?? navigator.platform) {
    const parts = combination.split("+")
    this.#key = parts.pop()
    this.#mod = parts.includes("Mod")
    this.#shift = parts.includes("Shift")
    this.#apple = APPLE.test(platform)
  }

  /** For aria-keyshortcuts. */
  get keys() {
    return this.#parts(this.#apple ? "Meta" : "Control").join("+")
  }

  /** The key caps, in the platform's order. */
  get caps() {
    const names = this.#apple ? SIGNS : PLAIN
    const parts = this.#parts("Mod")
    const inOrder = this.#apple && this.#shift && this.#mod ? ["Shift", "Mod", this.#key] : parts
    return inOrder.map((name) => names[name] ?? name)
  }

  get label() {
    return this.caps.join(this.#apple ? "" : " ")
  }

  /**
   * With a Hangul layout `key` is not a Latin letter; then `code` decides.
   * @param {KeyboardEvent} event
   */
  matches(event) {
    const { key, code, metaKey, ctrlKey, altKey } = event
    const [mod, other] = this.#apple ? [metaKey, ctrlKey] : [ctrlKey, metaKey]
    if (mod !== this.#mod || other || altKey || !this.#shiftFits(event)) return false
    if (!mod && (event.isComposing || event.keyCode === 229)) return false // Part of the composition.
    if (!isLetter(this.#key)) return key === this.#key
    return isLetter(key) ? key.toUpperCase() === this.#key : code === `Key${this.#key}`
  }

  /** Some layouts need Shift for "/". */
  #shiftFits({ shiftKey }) {
    return shiftKey === this.#shift || (this.#key.length === 1 && !isLetter(this.#key))
  }

  #parts(mod) {
    return [...(this.#mod ? [mod] : []), ...(this.#shift ? ["Shift"] : []), this.#key]
  }
}

function isLetter(key) {
  return /^[a-z]$/i.test(key)
}
