import { icons } from "../../ui/icons.js"
import { detailsRows } from "./details_rows.js"
import { html, render } from "../../ui/lit.js"
import { Place } from "../../ui/place.js"

/** All that is known of one answer, in a small sheet beside the button that asked. */
export class Details {
  #root
  #t
  #format
  #place

  /** `root` is a popover; one serves all answers. */
  constructor({ root, t, format }) {
    this.#root = root
    this.#t = t
    this.#format = format
    this.#place = new Place(root)
  }

  /** `turns`: how many questions it was asked with. */
  open(opener, message, turns) {
    if (this.#place.isAt(opener)) return this.#root.hidePopover()
    const t = this.#t
    const row = ({ name, value }) => html`<div data-testid="detail" data-name=${name}><dt>${t(name)}</dt><dd>${value}</dd></div>`
    render(html`
      <div class="details__head">
        <h2 class="details__title" id="details-title">${t("details")}</h2>
        <button type="button" class="details__close" data-testid="details-close" aria-label=${t("close")}
          title=${t("close")} @click=${() => this.#root.hidePopover()}>${icons.close}</button>
      </div>
      <dl class="details__rows">${detailsRows(message, { t, format: this.#format, turns }).map(row)}</dl>`, this.#root)
    this.#place.open(opener)
    this.#root.querySelector(".details__close").focus()
  }
}
