import { loadHighlighter } from "./highlight_js.js"
import { IncrementalHighlighter } from "./incremental_highlighter.js"

/**
 * Highlights in a worker. Input: {id, language}, {id, text}, {id, end: true} and {id, forget: true}; output: {id,
 * lines: [[line, tokens]]} repeatedly, then {id, ended: true}.
 */
/** @type {Map<number, HighlightJob>} */
const blocks = new Map()

class HighlightJob {
  #id
  /** @type {IncrementalHighlighter | null} */
  #highlighting = null
  #early = ""
  #ended = false
  #timer = null

  /**
   * @param {number} id
   * @param {string} language
   */
  constructor(id, language) {
    this.#id = id
    loadHighlighter(language).then(
      (highlight) => this.#begin(highlight),
      () => this.#end(),
    )
  }

  add(text) {
    if (this.#highlighting) this.#highlighting.add(text)
    else this.#early += text
    this.#schedule()
  }

  end() {
    this.#ended = true
    this.#schedule()
  }

  forget() {
    clearTimeout(this.#timer)
    blocks.delete(this.#id)
  }

  #begin(highlight) {
    this.#highlighting = new IncrementalHighlighter({ highlight })
    this.add(this.#early)
  }

  #schedule() {
    const wait = this.#ended ? 0 : (this.#highlighting?.wait ?? Infinity)
    if (!this.#highlighting || wait === Infinity || !blocks.has(this.#id)) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#read(), wait)
  }

  #read() {
    const ended = this.#ended
    for (const lines of this.#highlighting.read({ all: ended })) postMessage({ id: this.#id, lines })
    if (ended) this.#end()
    else this.#schedule()
  }

  #end() {
    this.forget()
    postMessage({ id: this.#id, ended: true })
  }
}

addEventListener("message", ({ data: { id, language, text, end, forget } }) => {
  if (language) blocks.set(id, new HighlightJob(id, language))
  else if (text) blocks.get(id)?.add(text)
  else if (end) blocks.get(id)?.end()
  else if (forget) blocks.get(id)?.forget()
})
