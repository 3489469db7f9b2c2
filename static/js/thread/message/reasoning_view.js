import { BodyView } from "./body_view.js"

/** @import { Generation, GrowingText } from "../../state/generation.js" */
/** @import { MessageContext } from "./message_view.js" */

const NEAR = 24
const MOMENT_MS = 1000

/** The reasoning of a model: its last lines while it thinks, collapsed when the answer starts. */
export class ReasoningView {
  #t
  #format
  #body
  #window = document.createElement("div")
  #summary = document.createElement("summary")
  #live = false
  #own = false
  #follows = true
  #from = null
  #took = null

  /**
   * @param {Pick<MessageContext, "t" | "format" | "locale" | "clipboard" | "announce">} context
   * @param {string} docId
   */
  constructor(context, docId) {
    this.#t = context.t
    this.#format = context.format
    this.#body = new BodyView(context, { testid: "reasoning-text", docId: `thought-${docId}` })
    this.element = document.createElement("details")
    this.element.className = "reasoning"
    this.element.dataset.testid = "reasoning"
    this.#summary.className = "reasoning__title"
    this.#window.className = "reasoning__window"
    this.#window.append(this.#body.element)
    this.element.append(this.#summary, this.#window)
    this.#summary.addEventListener("click", () => {
      this.#own = true
    })
    this.#window.addEventListener("scroll", () => this.#scrolled(), { passive: true })
    new ResizeObserver(() => this.#toEnd()).observe(this.#body.element)
  }

  get empty() {
    return this.#body.empty
  }

  grow() {
    this.#body.grow()
  }
  finish() {
    this.#body.finish()
  }
  close() {
    this.#body.close()
  }

  /**
   * See BodyView.
   * @param {string | GrowingText} text
   */
  show(text) {
    this.#body.show(text)
  }

  /**
   * Follow the generation, null when it has ended. A manual expand or collapse stays.
   * @param {Generation | null} generation
   * @param {Wire.Timings | null} timings
   */
  follow(generation, timings = null) {
    const live = generation?.stage === "thinking"
    if (generation) this.#measure(generation, live)
    if (live !== this.#live) this.#turn(live)
    const text = this.#title(live, timings)
    if (this.#summary.textContent !== text) this.#summary.textContent = text
  }

  /**
   * What was shown as text was reasoning, which has just ended.
   * @param {Generation} generation
   */
  end({ startedAt, reasoningAt, textAt }) {
    if (reasoningAt !== null) this.#took = textAt - (this.#from === 0 ? reasoningAt : startedAt)
    if (!this.#live) this.finish()
  }

  #turn(live) {
    this.#live = live
    if (!live) this.#window.scrollTop = 0 // Lays out: before the fold, which is then laid out with the text that follows.
    if (!this.#own) this.element.open = live
    this.element.dataset.live = live
    this.#follows = true
    if (!live) this.finish()
  }

  /**
   * The duration is only known if this tab saw the end of the thinking; a tab that joined later counts from the start
   * of the generation.
   * @param {Generation} generation
   * @param {boolean} live
   */
  #measure({ stage, startedAt, reasoningAt, textAt }, live) {
    if (stage === "waiting") this.#from = 0
    if (live) this.#from = this.#from === 0 ? reasoningAt : (this.#from ?? startedAt)
    if (this.#live && stage === "writing") this.#took = textAt - this.#from
  }

  #title(live, timings) {
    if (live) return this.#t("thoughtLive") // The stage below says what it is doing.
    const took = thinkingTime(timings) ?? this.#took
    if (took === null) return this.#t("thought")
    return took < MOMENT_MS ? this.#t("thoughtMoment") : this.#t("thoughtFor", { time: this.#format.duration(took) })
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#window
    this.#window.toggleAttribute("data-more", scrollTop > 0)
    this.#follows = scrollHeight - scrollTop - clientHeight < NEAR
  }

  #toEnd() {
    if (this.#live && this.#follows) this.#window.scrollTop = this.#window.scrollHeight
  }
}

/**
 * The thinking time of a finished answer, if the server measured it.
 * @param {Wire.Timings | null} timings
 */
function thinkingTime(timings) {
  if (timings?.first_text_ms == null || timings.first_token_ms == null) return null
  return timings.first_text_ms - timings.first_token_ms
}
