const APPLE = /Mac|iPhone|iPad/

/** One key with the platform's modifier: ⌘ on Apple's, Ctrl elsewhere. */
export class Shortcut {
  #letter
  #apple

  constructor(letter, platform = navigator.userAgentData?.platform ?? navigator.platform) {
    this.#letter = letter
    this.#apple = APPLE.test(platform)
  }

  /** As aria-keyshortcuts writes it. */
  get keys() { return `${this.#apple ? "Meta" : "Control"}+${this.#letter}` }
  get label() { return this.#apple ? `⌘${this.#letter}` : `Ctrl ${this.#letter}` }

  /** With Hangul switched on, the key names a letter of that script, or none; then its place decides. */
  matches({ key, code, metaKey, ctrlKey, altKey, shiftKey }) {
    const [wanted, other] = this.#apple ? [metaKey, ctrlKey] : [ctrlKey, metaKey]
    if (!wanted || other || altKey || shiftKey) return false
    return /^[a-z]$/i.test(key) ? key.toUpperCase() === this.#letter : code === `Key${this.#letter}`
  }
}
