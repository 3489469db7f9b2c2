import { meaning } from "./enter_key.js"

/** A text box that grows with its text and knows what Enter means. */
export class TextBox {
  #element
  #composing = false

  constructor(element, { send, cancel = () => false, changed = () => {} }) {
    this.#element = element
    element.addEventListener("compositionstart", () => { this.#composing = true })
    element.addEventListener("compositionend", () => { this.#composing = false })
    element.addEventListener("input", () => { this.grow(); changed() })
    element.addEventListener("keydown", (event) => {
      const wish = meaning(event)
      if (wish === "send") {
        event.preventDefault()
        send()
      } else if (wish === "cancel" && cancel()) event.preventDefault()
    })
  }

  get text() { return this.#element.value }

  set text(value) {
    this.#element.value = value
    this.grow()
  }

  focus() {
    this.#element.focus()
    this.#element.setSelectionRange(this.text.length, this.text.length)
  }

  /** Take the syllable that is being composed into the text, as when a button is tapped in the middle of it. */
  settle() {
    if (this.#composing) this.#element.blur()
  }

  grow() {
    this.#element.style.blockSize = "auto"
    this.#element.style.blockSize = `${this.#element.scrollHeight}px`
  }
}
