import { CodeBlock } from "../../code/code_block.js"
import { Diagram } from "../../diagram/diagram.js"
import { renderMath } from "../../math/render_math.js"
import { OverflowFocus } from "../../ui/overflow_focus.js"

/** Headings of an answer are below that of the message, which is level 2. */
const LEVELS = { h1: "3", h2: "4", h3: "5", h4: "6", h5: "6", h6: "6" }
/** The number of characters of code per step. */
const STEP = 2000

/**
 * Factories of views for special nodes, by kind. A view has `element`, and optionally `update(node)` (a generator that
 * shows the node in steps and returns whether it could), `append(text)` and `close()`. `pending` is called with each
 * promise to wait for.
 */
export function viewFactories(context, pending) {
  return {
    code: (node) => new CodeView(context, node, pending),
    diagram: (node) => createDiagram(context, node, pending),
    math: (node) => new FormulaView(context, node, pending),
    task: (node) => ({ element: createTaskBox(context, node) }),
  }
}

/** Adds accessibility attributes to ordinary elements. */
export function createDecorator({ t }) {
  return (element) => {
    const level = LEVELS[element.localName]
    if (level) element.ariaLevel = level
    else if (element.className === "table")
      new OverflowFocus({ element, inner: element.querySelector("table"), name: t("table") })
    else if (element.className === "footnote__back") element.ariaLabel = t("footnoteBack")
  }
}

class CodeView {
  #block
  #pending
  #whole = false

  constructor(context, node, pending) {
    this.#block = new CodeBlock(context, { language: node.language })
    this.#pending = pending
    this.element = this.#block.element
  }

  append(text) {
    this.#block.append(text)
  }

  *update({ text, open }) {
    if (this.#whole || !text.startsWith(this.#block.text)) return false
    for (let from = this.#block.text.length; from < text.length; from += STEP) {
      this.#block.append(text.slice(from, from + STEP))
      yield
    }
    if (!open) this.#finish()
    return true
  }

  close() {
    this.#block.close()
  }

  #finish() {
    this.#whole = true
    this.#pending(this.#block.settled)
    this.#block.finish()
  }
}

function createDiagram(context, { text }, pending) {
  const drawn = new Diagram(context, { source: text })
  pending(drawn.settled)
  return drawn
}

/** A growing formula is shown as TeX. */
class FormulaView {
  #context
  #pending
  #typeset = false

  constructor(context, node, pending) {
    this.#context = context
    this.#pending = pending
    this.element = document.createElement(node.block ? "div" : "span")
    this.element.className = node.display ? "math math--display" : "math"
  }

  *update({ tex, display, open }) {
    if (this.#typeset) return false
    this.element.textContent = tex
    if (open) return true
    this.#typeset = true
    this.#pending(renderMath(this.element, { tex, display, name: this.#context.t("formula") }))
    return true
  }
}

/** A read-only checkbox. */
function createTaskBox({ t }, { done }) {
  const element = document.createElement("input")
  element.type = "checkbox"
  element.disabled = true
  element.toggleAttribute("checked", done)
  element.setAttribute("aria-label", t(done ? "taskDone" : "taskOpen"))
  return element
}
