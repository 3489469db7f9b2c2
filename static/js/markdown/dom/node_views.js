import { CodeBlock } from "../../code/code_block.js"
import { Diagram } from "../../diagram/diagram.js"
import { OverflowFocus } from "../../ui/overflow_focus.js"

import { FormulaView } from "./formula_view.js"
import { Disturbed } from "./painter.js"
import { TableTools } from "./table_tools.js"

/** @import { BlockContext } from "../../code/code_block.js" */
/** @import { TreeElement } from "../parse/tree.js" */
/** @import { NodeView } from "./painter.js" */
/** @typedef {(promise: Promise<unknown>) => void} Pending */

/** Headings of an answer are below that of the message, which is level 2. */
const LEVELS = { h1: "3", h2: "4", h3: "5", h4: "6", h5: "6", h6: "6" }
/** The number of characters of code per step. */
const STEP = 2000

/**
 * Factories of views for special nodes, by kind. `pending` is called with each promise to wait for.
 * @param {BlockContext} context
 * @param {Pending} pending
 * @returns {Record<string, (node: TreeElement) => NodeView>}
 */
export function viewFactories(context, pending) {
  return {
    code: (node) => new CodeView(context, node, pending),
    diagram: (node) => createDiagram(context, node, pending),
    math: (node) => new FormulaView(context, node, pending),
    task: (node) => ({ element: createTaskBox(context, node) }),
  }
}

/**
 * Adds accessibility attributes to ordinary elements, and buttons to tables.
 * @param {BlockContext} context
 * @returns {(element: HTMLElement) => void}
 */
export function createDecorator(context) {
  const { t } = context
  return (element) => {
    const level = LEVELS[element.localName]
    if (level) element.ariaLevel = level
    else if (element.className === "table") {
      new OverflowFocus({ element, inner: element.querySelector("table"), name: t("table") })
      new TableTools(context, element)
    } else if (element.className === "footnote__back") element.ariaLabel = t("footnoteBack")
  }
}

class CodeView {
  #block
  #pending
  #whole = false

  /**
   * @param {BlockContext} context
   * @param {TreeElement} node
   * @param {Pending} pending
   */
  constructor(context, node, pending) {
    this.#block = new CodeBlock(context, { language: node.language })
    this.#pending = pending
    this.element = this.#block.element
  }

  append(text) {
    if (!this.#block.canAppend) throw new Disturbed()
    this.#block.append(text)
  }

  isIntact() {
    return this.#block.isIntact
  }

  /**
   * @param {TreeElement} node
   * @returns {Generator<void, boolean>}
   */
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

/**
 * @param {BlockContext} context
 * @param {TreeElement} node
 * @param {Pending} pending
 */
function createDiagram(context, { text }, pending) {
  const drawn = new Diagram(context, { source: text })
  pending(drawn.settled)
  return drawn
}

/**
 * A read-only checkbox.
 * @param {BlockContext} context
 * @param {TreeElement} node
 */
function createTaskBox({ t }, { done }) {
  const element = document.createElement("input")
  element.type = "checkbox"
  element.disabled = true
  element.toggleAttribute("checked", done)
  element.setAttribute("aria-label", t(done ? "taskDone" : "taskOpen"))
  return element
}
