import { FrameQueue } from "../base/scheduling.js"
import { icons } from "../ui/icons.js"
import { html, render } from "../ui/lit.js"
import { OverflowFocus } from "../ui/overflow_focus.js"
import { CodeLines } from "./code_lines.js"
import { CopyButton } from "./copy_button.js"
import { HighlightClient } from "./highlight_client.js"
import { languageOf } from "./languages.js"
import { WrapPreference } from "./wrap_preference.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { Clipboard } from "../ui/clipboard.js" */
/** @import { PaintedLine } from "./highlight_client.js" */

/**
 * What blocks share; `announce` tells a screen reader a text, by its key.
 * @typedef {{ t: Translate, clipboard: Clipboard, announce?: (key: string) => void }} BlockContext
 */

const page = { highlighter: new HighlightClient(), queue: new FrameQueue(), wrapping: new WrapPreference() }

/**
 * A code block, while it is written and afterwards: a caption with buttons, and the lines, highlighted by a worker. The
 * result does not depend on how the text was split.
 */
export class CodeBlock {
  #context
  #label
  #text = ""
  #lines
  #block = null
  #overflow
  #wrapping
  #queue
  #copy
  #ended = false
  #finished = false
  #settle

  /**
   * @param {BlockContext} context
   * @param {{ language?: string, highlighter?: HighlightClient, queue?: FrameQueue, wrapping?: WrapPreference }} [how]
   */
  constructor(
    context,
    { language = "", highlighter = page.highlighter, queue = page.queue, wrapping = page.wrapping } = {},
  ) {
    this.#context = context
    this.#queue = queue
    this.#wrapping = wrapping
    const { grammar, label } = languageOf(language)
    this.#label = label
    this.settled = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.#copy = new CopyButton(context, { text: () => this.#text, changed: () => this.#draw() })
    this.#build()
    if (!grammar) this.#ended = true
    else
      this.#block = highlighter.begin(grammar, { lines: (lines) => this.#paint(lines), ended: () => this.#onEnded() })
  }

  /** The code so far. */
  get text() {
    return this.#text
  }

  /** Whether the page still has the place where the next line goes; others may have removed it. */
  get canAppend() {
    return this.element.contains(this.#lines.end)
  }

  /** Whether the page shows the code and nothing else. */
  get isIntact() {
    const { root } = this.#lines
    return this.element.contains(root) && root.textContent === this.#text && !root.querySelector(":not(span)")
  }

  /**
   * Append code; the cost depends on its length only.
   * @param {string} text
   */
  append(text) {
    if (!text) return
    this.#text += text
    this.#lines.append(text)
    if (!this.#ended) this.#block.add(text)
  }

  /** The code is complete. */
  finish() {
    if (this.#finished) return
    this.#finished = true
    if (this.#ended) this.#onEnded()
    else this.#block.end()
  }

  /** Release a block that is removed before it is complete. */
  close() {
    if (!this.#finished) this.#block?.forget()
    this.#finished = true
    this.#settle()
  }

  get #wraps() {
    return this.element.classList.contains("code--wrapped")
  }

  #build() {
    const { t } = this.#context
    const make = (name, className = "") => Object.assign(document.createElement(name), { className })
    this.element = make("figure", "code")
    this.element.dataset.testid = "code-block"
    this.element.translate = false
    const caption = make("figcaption", "code__caption")
    const scroller = make("pre", "code__scroller")
    const code = scroller.appendChild(make("code", "code__text"))
    this.element.append(caption, scroller)
    const name = this.#label ? t("codeOf", { language: this.#label }) : t("codeBlock")
    this.element.setAttribute("aria-label", name)
    this.#lines = new CodeLines(code, (job) => this.#queue.addAlone(job))
    this.#overflow = new OverflowFocus({ element: scroller, inner: code, name })
    this.element.classList.toggle("code--wrapped", this.#wrapping.chosen)
    this.#draw()
  }

  #draw() {
    const { t } = this.#context
    render(
      html`
      <span class="code__language">${this.#label || t("codeBlock")}</span>
      <button type="button" class="code__button code__button--wrap" data-testid="code-wrap"
        aria-pressed=${this.#wraps} @click=${() => this.#wrap()}>${icons.wrap}<span>${t("wrapLines")}</span></button>
      ${this.#copy.template()}`,
      this.element.firstChild,
    )
  }

  #wrap() {
    const wraps = !this.#wraps
    this.element.classList.toggle("code--wrapped", wraps)
    this.#wrapping.choose(wraps)
    this.#draw()
  }

  /** @param {PaintedLine[]} lines */
  #paint(lines) {
    for (const [n, tokens] of lines) this.#queue.add(() => this.#lines.paint(n, tokens))
  }

  /** Highlighting has ended; the block is settled once the last lines are painted. */
  #onEnded() {
    this.#ended = true
    if (!this.#finished) return
    this.#queue.add(() => {
      if (this.element.isConnected) this.#overflow.update()
      this.#settle()
    })
  }
}
