import { icons } from "../ui/icons.js"
import { html, nothing, render } from "../ui/lit.js"

/** @import { Format } from "../base/format.js" */
/** @import { Translate } from "../base/translator.js" */
/** @import { ImportResult } from "./import_result.js" */

/** Lists what an import has not taken, and why. */
export class ImportDialog {
  #root
  #t
  #format

  /**
   * `root` is the dialog in templates/chat.html.
   * @param {{ root: HTMLDialogElement, t: Translate, format: Format }} parts
   */
  constructor({ root, t, format }) {
    this.#root = root
    this.#t = t
    this.#format = format
  }

  /** @param {ImportResult} result */
  open(result) {
    const t = this.#t
    render(
      html`
      <h2 class="dialog__title" id="import-title">${t("importProblems")}</h2>
      <button type="button" class="dialog__close" aria-label=${t("close")} title=${t("close")}
        data-testid="import-close" @click=${() => this.#root.close()}>${icons.close}</button>
      <p class="dialog__text">${result.text(t, this.#format)}</p>
      <ul class="untaken">${result.problems.map(
        ({ title, problem, detail }) => html`
        <li class="untaken__one" data-testid="import-problem"><span class="untaken__title" dir="auto">${title}</span>
          <span class="untaken__why">${problem}</span>
          ${detail ? html`<code class="untaken__detail">${detail}</code>` : nothing}</li>`,
      )}</ul>
      ${result.untold > 0 ? html`<p class="dialog__note">${t("importMore", { n: this.#format.number(result.untold) })}</p>` : nothing}`,
      this.#root,
    )
    this.#root.showModal()
  }
}
