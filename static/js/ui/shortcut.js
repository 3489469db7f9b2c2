const APPLE = /Mac|iPhone|iPad/
const PLAIN = { Mod: "Ctrl", Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓", PageUp: "Page Up", PageDown: "Page Down" }
const SIGNS = { ...PLAIN, Mod: "⌘", Shift: "⇧", Escape: "esc", Enter: "↩", Home: "↖", End: "↘", PageUp: "⇞", PageDown: "⇟" }

/** A key, perhaps with others held down: "Mod+Shift+O". Mod is ⌘ on Apple's platforms, Ctrl elsewhere. */
export class Shortcut {
  #mod
  #shift
  #key
  #apple

  constructor(combination, platform = navigator.userAgentData?.platform ?? navigator.platform) {
    const parts = combination.split("+")
    this.#key = parts.pop()
    this.#mod = parts.includes("Mod")
    this.#shift = parts.includes("Shift")
    this.#apple = APPLE.test(platform)
  }

  /** As aria-keyshortcuts writes it. */
  get keys() { return this.#parts(this.#apple ? "Meta" : "Control").join("+") }

  /** What is written on each of the keys, in the platform's order. */
  get caps() {
    const names = this.#apple ? SIGNS : PLAIN
    const parts = this.#parts("Mod")
    const inOrder = this.#apple && this.#shift && this.#mod ? ["Shift", "Mod", this.#key] : parts
    return inOrder.map((name) => names[name] ?? name)
  }

  get label() { return this.caps.join(this.#apple ? "" : " ") }

  /** With Hangul switched on, the key names a letter of that script, or none; then its place decides. */
  matches(event) {
    const { key, code, metaKey, ctrlKey, altKey } = event
    const [mod, other] = this.#apple ? [metaKey, ctrlKey] : [ctrlKey, metaKey]
    if (mod !== this.#mod || other || altKey || !this.#shiftFits(event)) return false
    if (!mod && (event.isComposing || event.keyCode === 229)) return false // It belongs to the syllable.
    if (!isLetter(this.#key)) return key === this.#key
    return isLetter(key) ? key.toUpperCase() === this.#key : code === `Key${this.#key}`
  }

  /** Some layouts need Shift for a sign as "/". */
  #shiftFits({ shiftKey }) { return shiftKey === this.#shift || (this.#key.length === 1 && !isLetter(this.#key)) }

  #parts(mod) { return [...(this.#mod ? [mod] : []), ...(this.#shift ? ["Shift"] : []), this.#key] }
}

function isLetter(key) { return /^[a-z]$/i.test(key) }
