import { renderGrowingMath, renderMath } from "../../math/render_math.js"

/** @import { BlockContext } from "../../code/code_block.js" */
/** @import { TreeElement } from "../parse/tree.js" */
/** @import { Pending } from "./node_views.js" */

/** A growing formula is typeset again when it has grown by this part, so that the work grows with its length only. */
const GROWTH = 1 / 16

/** A formula: while it grows, as much of it as can be typeset, or a placeholder. */
export class FormulaView {
  #context
  #pending
  #typeset = false
  /** The length that was last tried. */
  #tried = 0
  /**
   * What is shown once it is complete, and in how many elements.
   * @type {{ text: string, size: number } | null}
   */
  #shown = null

  /**
   * @param {BlockContext} context
   * @param {TreeElement} node
   * @param {Pending} pending
   */
  constructor(context, node, pending) {
    this.#context = context
    this.#pending = pending
    this.element = document.createElement(node.block ? "div" : "span")
    this.element.className = node.display ? "math math--display" : "math"
    this.element.translate = false
  }

  /**
   * @param {TreeElement} node
   * @returns {Generator<void, boolean>}
   */
  *update({ tex, display, open }) {
    if (this.#typeset) return false
    if (open) this.#grow(tex, display)
    else this.#finish(tex, display)
    return true
  }

  isIntact() {
    const { text, size } = this.#shown ?? this.#measure()
    return this.element.textContent === text && this.element.getElementsByTagName("*").length === size
  }

  #measure() {
    return { text: this.element.textContent, size: this.element.getElementsByTagName("*").length }
  }

  #grow(tex, display) {
    if (this.#tried === 0) this.element.classList.add("math--growing")
    if (tex.length >= this.#tried && tex.length < this.#tried * (1 + GROWTH)) return
    this.#tried = tex.length
    renderGrowingMath(this.element, { tex, display })
  }

  #finish(tex, display) {
    this.#typeset = true
    this.element.classList.remove("math--growing")
    if (!this.element.firstChild) this.element.textContent = tex
    const rendered = renderMath(this.element, { tex, display, name: this.#context.t("formula") })
    // At once if KaTeX is loaded: what others do later is no part of it.
    if (this.element.firstElementChild) this.#shown = this.#measure()
    this.#pending(
      rendered.then(() => {
        this.#shown ??= this.#measure()
      }),
    )
  }
}
