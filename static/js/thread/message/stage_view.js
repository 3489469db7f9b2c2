/** @import { Format } from "../../base/format.js" */
/** @import { Translate } from "../../base/translator.js" */

/** What the user is waiting for, and for how long. */
export class StageView {
  #word = document.createElement("span")
  #clock = document.createElement("span")
  #since = 0
  #t
  #format
  #isCut

  /**
   * While `isCut()` (no connection) nobody knows how long it takes: the clock is halted.
   * @param {{ t: Translate, format: Format, isCut?: () => boolean }} context
   */
  constructor({ t, format, isCut = () => false }) {
    this.#t = t
    this.#format = format
    this.#isCut = isCut
    this.element = document.createElement("p")
    this.element.className = "stage"
    this.element.dataset.testid = "stage"
    const dot = document.createElement("i")
    dot.className = "live"
    this.#clock.className = "stage__clock"
    this.element.append(dot, this.#word, this.#clock)
  }

  /**
   * Show a stage that began at `since`, in ms.
   * @param {"sending" | "waiting" | "thinking" | "writing"} stage
   * @param {number} since
   */
  show(stage, since) {
    this.#since = since
    this.element.dataset.stage = stage
    this.tick()
  }

  tick(now = Date.now()) {
    const isCut = this.#isCut()
    this.element.toggleAttribute("data-halted", isCut)
    const word = this.#t(isCut ? "awaitingConnection" : this.element.dataset.stage)
    if (this.#word.textContent !== word) this.#word.textContent = word
    if (isCut) return
    const text = this.#format.clock(now - this.#since)
    if (this.#clock.textContent !== text) this.#clock.textContent = text
  }
}
