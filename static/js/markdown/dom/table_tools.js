import { icons } from "../../ui/icons.js"
import { html, render } from "../../ui/lit.js"
import { csvOf, markdownOf } from "./table_text.js"

/** @import { BlockContext } from "../../code/code_block.js" */

const SHOWN_MS = 2000
const FORMS = [
  { name: "CSV", label: "copyCsv", write: csvOf },
  { name: "Markdown", label: "copyMarkdown", write: markdownOf },
]
const STYLE = `
  .tools { display: flex; position: sticky; inset-inline-start: 0; gap: 0.4rem; inline-size: max-content; margin-inline-start: var(--tools-start, 0); opacity: 0; transition: opacity 0.12s; user-select: none; }
  :host(:hover) .tools, .tools:focus-within { opacity: 1; }
  button { display: flex; align-items: center; gap: 0.3rem; min-block-size: 1.75rem; padding: 0 0.4rem 0 0; border: 0; border-radius: 0.4rem; background: none; color: var(--quiet); font: 0.78rem/1.4 var(--sans); cursor: pointer; }
  button:hover { color: var(--text); }
  button:focus-visible { outline: 2px solid var(--accent); outline-offset: -1px; }
  svg { inline-size: 1em; block-size: 1em; fill: none; stroke: currentcolor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
  @media (hover: none) { .tools { opacity: 1; } }
  @media (pointer: coarse) { button { min-inline-size: var(--touch); min-block-size: var(--touch); } }
  @media print { .tools { display: none; } }
  @media (prefers-reduced-motion: reduce) { .tools { transition: none; } }
`
/** @type {CSSStyleSheet | null} */
let sheet = null

/**
 * Buttons below a table that copy it. They stand in its shadow tree: its own children are the text's.
 */
export class TableTools {
  #context
  #table
  #root
  #copied = ""
  #timer = null

  /**
   * @param {BlockContext} context
   * @param {HTMLElement} table
   */
  constructor(context, table) {
    this.#context = context
    this.#table = table
    this.#root = table.attachShadow({ mode: "open" })
    this.#root.adoptedStyleSheets = [(sheet ??= createSheet())]
    this.#draw()
  }

  #draw() {
    render(
      html`<slot></slot><div class="tools">${FORMS.map((form) => this.#button(form))}</div>`,
      /** @type {any} */ (this.#root),
    )
  }

  #button({ name, label, write }) {
    const text = this.#context.t(label)
    return html`<button type="button" data-testid=${label} aria-label=${text} title=${text}
      @click=${() => this.#copy(name, write)}>${this.#copied === name ? icons.check : icons.copy}<span>${name}</span></button>`
  }

  async #copy(name, write) {
    const { clipboard, announce } = this.#context
    if (!(await clipboard.copy(write(this.#table)))) return
    announce?.("copied")
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#confirm(""), SHOWN_MS)
    this.#confirm(name)
  }

  #confirm(name) {
    this.#copied = name
    this.#draw()
  }
}

function createSheet() {
  const made = new CSSStyleSheet()
  made.replaceSync(STYLE)
  return made
}
