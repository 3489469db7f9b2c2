import { icons } from "../../ui/icons.js"
import { html, nothing, render } from "../../ui/lit.js"
import { ParagraphCounter } from "./paragraph_counter.js"

/** @import { Format } from "../../base/format.js" */
/** @import { Translate } from "../../base/translator.js" */
/** @import { Conversation } from "../../state/conversation.js" */

const MOST = 99
const badge = (count) => (count > MOST ? `${MOST}+` : count || "")

/** The button back to the end, with the number of new paragraphs there. */
export class LatestButton {
  #context
  #root
  #act
  #home
  #away = false
  #shown = null
  #counter = new ParagraphCounter()

  /**
   * `home` gets the focus if the button disappears while focused.
   * @param {{ context: { t: Translate, format: Format }, root: HTMLElement, act: () => void, home: HTMLElement,
   *   conversation: Conversation }} parts
   */
  constructor({ context, root, act, home, conversation }) {
    this.#context = context
    this.#root = root
    this.#act = act
    this.#home = home
    conversation.on("appended", (id, kind, text) => {
      if (kind !== "reasoning") this.#append(id, text)
    })
    conversation.on("moved", (id) => this.#move(id))
  }

  set away(away) {
    this.#away = away
    if (!away) this.#counter.reset()
    this.#draw()
  }

  /**
   * A new message below.
   * @param {Wire.Message} message
   */
  message({ id, role, content }) {
    if (!this.#away) return
    if (role === "user") this.#counter.count += 1
    else this.#counter.feed(content, id)
    this.#draw()
  }

  #append(id, text) {
    if (!this.#away) return
    this.#counter.feed(text, id)
    this.#draw()
  }

  /** The text of a message was reasoning, whose paragraphs do not count. */
  #move(id) {
    this.#counter.drop(id)
    this.#draw()
  }

  #draw() {
    const shown = this.#away ? this.#counter.count : null
    if (shown === this.#shown) return
    this.#shown = shown
    const focused = this.#root.contains(document.activeElement)
    render(this.#away ? this.#template(shown) : nothing, this.#root)
    if (focused && !this.#away) this.#home.focus({ preventScroll: true })
  }

  #template(count) {
    const { t, format } = this.#context
    const label = count > 0 ? t("latestCount", { n: format.number(count) }) : t("latest")
    return html`
      <button type="button" class="latest" data-testid="latest" data-count=${count} aria-label=${label} title=${label}
        @click=${() => this.#act()}>${icons.down}<span class="latest__count">${badge(count)}</span></button>`
  }
}
