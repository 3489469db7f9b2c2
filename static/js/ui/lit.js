/** The only module that names the version of the view library. */
import { render as renderTemplate } from "../../vendor/lit-html-3.3.3/lit-html.js"

export { repeat } from "../../vendor/lit-html-3.3.3/directives/repeat.js"
export { html, nothing, svg } from "../../vendor/lit-html-3.3.3/lit-html.js"

/** Where the library remembers what it has rendered into an element. */
const MEMORY = "_$litPart$"

/**
 * Render a template into an element; anew if a translator or an extension has removed what the library looks for.
 * @param {unknown} template
 * @param {HTMLElement} element
 */
export function render(template, element) {
  try {
    renderTemplate(template, element)
  } catch {
    renderAnew(template, element)
  }
}

/**
 * Render a template into an element as if for the first time.
 * @param {unknown} template
 * @param {HTMLElement} element
 */
export function renderAnew(template, element) {
  delete element[MEMORY]
  element.replaceChildren()
  renderTemplate(template, element)
}
