import { Rendering } from "../../static/js/markdown/rendering.js"

/** A rendering of a text that comes in pieces. */
export class PiecewiseRendering extends Rendering {
  #text = ""

  push(piece) {
    this.#text += piece
    this.extend(this.#text)
  }
}
