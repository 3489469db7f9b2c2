import { countLines, FOLDED_LINES, isLong } from "./question_length.js"

/** @import { Translate } from "../../base/translator.js" */

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
    body.toggleAttribute("data-folded", role === "user" && isLong(content))
    body.textContent = content
  }
}

/**
 * The estimated height in rem, used while a message is out of view.
 * @param {Pick<Wire.Message, "content" | "role">} message
 */
export function estimateHeight({ content, role }) {
  const lines = role === "user" && isLong(content) ? FOLDED_LINES + 1 : countLines(content)
  return Math.round(lines * LINE_REM + ROW_REM)
}
