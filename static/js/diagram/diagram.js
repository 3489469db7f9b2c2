import { CodeLines } from "../code/code_lines.js"
import { CopyButton } from "../code/copy_button.js"
import { icons } from "../ui/icons.js"
import { html, nothing, render } from "../ui/lit.js"
import { OverflowFocus } from "../ui/overflow_focus.js"
import { DiagramDialog } from "./diagram_dialog.js"
import { Drawing } from "./drawing.js"

/** @import { BlockContext } from "../code/code_block.js" */

/** A complete diagram: drawn, or shown as source if requested or if drawing failed. */
export class Diagram {
  #context
  #source
  #drawing
  #copy
  #container
  #state = "drawing"
  #reason = ""
  #showsSource = false
  #settle

  /**
   * @param {BlockContext} context
   * @param {{ source: string }} code
   */
  constructor(context, { source }) {
    this.#context = context
    this.#source = source
    this.settled = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.#copy = new CopyButton(context, { text: () => source, changed: () => this.#draw() })
    this.#build()
    this.#draw()
  }

  /** Release it; it is removed. */
  close() {
    this.#drawing.close()
    this.#settle()
  }

  #build() {
    const { t } = this.#context
    const make = (name, className = "") => Object.assign(document.createElement(name), { className })
    this.element = make("figure", "code diagram")
    this.element.dataset.testid = "diagram"
    this.element.setAttribute("aria-label", t("diagram"))
    this.#container = make("div", "diagram__place")
    this.#drawing = new Drawing({
      source: this.#source,
      title: t("diagram"),
      drawn: () => this.#become("drawn"),
      failed: (reason) => this.#fail(reason),
    })
    this.#container.append(this.#drawing.element)
    // The frame takes no clicks, so that it can be scrolled by touch.
    this.#container.addEventListener("click", () => this.#enlarge())
    const scroller = make("pre", "code__scroller")
    const code = scroller.appendChild(make("code", "code__text"))
    new CodeLines(code).append(this.#source)
    new OverflowFocus({ element: scroller, inner: code, name: t("codeOf", { language: "Mermaid" }) })
    new OverflowFocus({ element: this.#container, inner: this.#drawing.element, name: t("diagram") })
    this.element.append(make("figcaption", "code__caption"), this.#container, scroller, make("p", "diagram__problem"))
  }

  #become(state) {
    this.#state = state
    this.#draw()
    this.#settle()
  }

  #fail(reason) {
    // The list of expected tokens helps nobody.
    this.#reason = reason.replace(/\n?Expecting [^]*$/, "")
    this.#drawing.close()
    this.#become("failed")
  }

  #draw() {
    const { t } = this.#context
    const failed = this.#state === "failed"
    const [caption, container, scroller, problem] = this.element.children
    const asSource = failed || this.#showsSource
    this.element.dataset.state = this.#state
    container.hidden = asSource
    scroller.hidden = !asSource
    problem.hidden = !failed
    render(failed ? html`${t("diagramFailed")}<span class="diagram__reason">${this.#reason}</span>` : nothing, problem)
    render(
      html`
      <span class="code__language">${t("diagram")}</span>
      ${
        failed
          ? nothing
          : html`<button type="button" class="code__button" data-testid="diagram-enlarge"
        ?disabled=${this.#state !== "drawn"} @click=${() => this.#enlarge()}>${icons.enlarge}<span>${t("enlarge")}</span></button>
      <button type="button" class="code__button" data-testid="diagram-source"
        aria-pressed=${this.#showsSource} @click=${() => this.#toggle()}>${icons.brackets}<span>${t("source")}</span></button>`
      }
      ${this.#copy.template()}`,
      caption,
    )
  }

  #enlarge() {
    if (this.#state === "drawn") new DiagramDialog({ t: this.#context.t, drawing: this.#drawing }).open()
  }

  #toggle() {
    this.#showsSource = !this.#showsSource
    this.#draw()
  }
}
