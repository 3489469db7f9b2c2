import { Rendering } from "../../static/js/markdown/rendering.js"

/** A rendering of a text that comes in pieces. */
export class PiecewiseRendering extends Rendering {
  #text = ""

  push(piece) {
    this.#text += piece
    this.extend(this.#text)
  }
}

/** The element that shows a whole text, once it has been rendered to its end. */
export async function rendered(text, context) {
  const element = document.createElement("div")
  const rendering = new PiecewiseRendering({ element, context, docId: "id" })
  rendering.push(text)
  rendering.finish()
  await rendering.settled
  return element
}
