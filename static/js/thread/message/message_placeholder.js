const LINE_CHARACTERS = 44
const LINE_REM = 1.7
const ROW_REM = 3

/** A message that is not drawn yet: its text as it was written, so that it has a height and can be found in the page. */
export class MessagePlaceholder {
  live = false

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

/** About how high a message will be, in rem: what is out of sight is not laid out before it comes near. */
export function estimateHeight({ content }) {
  let lines = 0
  for (const line of content.split("\n")) lines += Math.max(0.6, Math.ceil(widthOf(line) / LINE_CHARACTERS))
  return Math.round(lines * LINE_REM + ROW_REM)
}

/** In em: Hangul and its like are twice as wide as Latin letters. */
function widthOf(line) {
  let width = 0
  for (let at = 0; at < line.length; at += 1) width += line.charCodeAt(at) < 0x1100 ? 0.5 : 0.92
  return width
}
