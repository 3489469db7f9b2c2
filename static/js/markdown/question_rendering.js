import { runInSlices } from "../base/scheduling.js"
import { createDecorator, viewFactories } from "./dom/node_views.js"
import { Painter, runToEnd } from "./dom/painter.js"
import { isMarked, questionTree } from "./parse/question_tree.js"

/** @import { BlockContext } from "../code/code_block.js" */

/** Longer ones are painted in time slices. */
const SMALL = 8000

/** Shows the fences and the links of one question in an element that has its plain text; the rest stays as typed. */
export class QuestionRendering {
  #element
  #painter
  #isClosed = false

  /** @param {{ element: HTMLElement, context: BlockContext }} parts */
  constructor({ element, context }) {
    this.#element = element
    this.#painter = new Painter(
      viewFactories(context, () => {}),
      createDecorator(context),
    )
  }

  /**
   * Resolves when it is painted.
   * @param {string} text
   */
  async show(text) {
    if (!isMarked(text)) return
    const shown = document.createDocumentFragment()
    const steps = this.#painter.patch(/** @type {any} */ (shown), null, [], questionTree(text))
    if (text.length <= SMALL) runToEnd(steps)
    else await runInSlices(steps, () => !this.#isClosed)
    if (!this.#isClosed) this.#element.replaceChildren(shown)
  }

  /** Release what its code blocks hold. */
  close() {
    this.#isClosed = true
    this.#painter.clear(this.#element)
  }
}
