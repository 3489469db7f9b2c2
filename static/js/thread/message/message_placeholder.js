/** @import { Translate } from "../../base/translator.js" */

const LINE_CHARACTERS = 44
const LINE_REM = 1.7
const ROW_REM = 3

/** A message that is not rendered yet: its plain text, for height and find-in-page. */
export class MessagePlaceholder {
  live = false

  /**
   * @param {{ t: Translate }} context
   * @param {Wire.Message} message
   */
  constructor(context, { id, role, status, content }) {
    this.element = document.createElement("article")
    this.element.className = `message message--${role}`
    Object.assign(this.element.dataset, { testid: "message", messageId: id, role, status, waiting: "" })
    const title = this.element.appendChild(document.createElement("h2"))
    title.className = "hidden"
    title.textContent = context.t(role === "user" ? "youSaid" : "modelSaid")
    const body = this.element.appendChild(document.createElement("div"))
    body.className = "body"
    body.textContent = content
  }
}

/**
 * The estimated height in rem, used while a message is out of view.
 * @param {Pick<Wire.Message, "content">} message
 */
export function estimateHeight({ content }) {
  let lines = 0
  for (const line of content.split("\n")) lines += Math.max(0.6, Math.ceil(widthOf(line) / LINE_CHARACTERS))
  return Math.round(lines * LINE_REM + ROW_REM)
}

/** The width in em: Hangul is twice as wide as Latin. */
function widthOf(line) {
  let width = 0
  for (let at = 0; at < line.length; at += 1) width += line.charCodeAt(at) < 0x1100 ? 0.5 : 0.92
  return width
}
