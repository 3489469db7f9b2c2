import { icons } from "../ui/icons.js"
import { html, render } from "../ui/lit.js"
import { SandboxFrame } from "./sandbox_frame.js"

/** @import { Translate } from "../base/translator.js" */
/** @import { Drawing } from "./drawing.js" */

const ADDRESS = "/diagram"
const STEP = 1.25
const [MIN, MAX] = [0.2, 6]
/** What would be smaller than this is scrolled instead. */
const READABLE = 0.75
const LARGE = 2
/** The padding of the area. */
const AROUND = 24

/** A diagram in the whole window: enlarged, scrolled, saved as a file. It is removed when it is closed. */
export class DiagramDialog {
  #t
  #drawing
  #root = document.createElement("dialog")
  #bar = document.createElement("div")
  #area = document.createElement("div")
  #frame
  #size = { width: 0, height: 0 }
  #scale = 0

  /** @param {{ t: Translate, drawing: Drawing }} parts */
  constructor({ t, drawing }) {
    this.#t = t
    this.#drawing = drawing
    this.#frame = new SandboxFrame({ address: ADDRESS, onMessage: (message) => this.#onMessage(message) })
    this.#frame.element.className = "enlarged__frame"
    this.#frame.element.title = t("diagram")
    this.#root.className = "enlarged"
    this.#root.dataset.testid = "enlarged-diagram"
    this.#root.setAttribute("aria-label", t("diagram"))
    this.#bar.className = "enlarged__bar"
    this.#area.className = "enlarged__area"
    this.#area.tabIndex = 0
    this.#area.append(this.#frame.element)
    this.#root.append(this.#bar, this.#area)
    this.#root.addEventListener("close", () => {
      this.#frame.close()
      this.#root.remove()
    })
  }

  open() {
    document.body.append(this.#root)
    this.#frame.send(this.#drawing.shown)
    this.#draw()
    this.#root.showModal()
  }

  #draw() {
    render(
      html`
      ${this.#button("zoomOut", icons.minus, () => this.#zoom(1 / STEP))}
      ${this.#button("zoomIn", icons.plus, () => this.#zoom(STEP))}
      <button type="button" class="enlarged__button enlarged__button--named" data-testid="save-svg"
        @click=${() => this.#save()}>${icons.export}<span>${this.#t("saveSvg")}</span></button>
      ${this.#button("close", icons.close, () => this.#root.close())}`,
      this.#bar,
    )
  }

  #button(label, icon, act) {
    const name = this.#t(label)
    return html`<button type="button" class="enlarged__button" data-testid=${label} aria-label=${name} title=${name}
      @click=${act}>${icon}</button>`
  }

  /** The middle of what is seen stays there. */
  #zoom(factor) {
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.#area
    const before = this.#scale
    this.#show(Math.min(MAX, Math.max(MIN, before * factor)))
    const grown = this.#scale / before
    this.#area.scrollTo(
      (scrollLeft + clientWidth / 2) * grown - clientWidth / 2,
      (scrollTop + clientHeight / 2) * grown - clientHeight / 2,
    )
  }

  #show(scale) {
    this.#scale = scale
    for (const [name, length] of Object.entries(this.#size))
      this.#frame.element.style.setProperty(`--${name}`, `${Math.round(length * scale)}px`)
  }

  #onMessage({ width, height }) {
    if (!(width > 0) || !(height > 0) || this.#scale > 0) return
    this.#size = { width, height }
    const { clientWidth, clientHeight } = this.#area
    const fitting = Math.min((clientWidth - AROUND) / width, (clientHeight - AROUND) / height)
    this.#show(fitting < READABLE ? 1 : Math.min(LARGE, fitting))
  }

  async #save() {
    const address = URL.createObjectURL(new Blob([await this.#drawing.svg()], { type: "image/svg+xml" }))
    Object.assign(document.createElement("a"), { href: address, download: "diagram.svg" }).click()
    URL.revokeObjectURL(address)
  }
}
