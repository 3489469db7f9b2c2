/** Trailing space is trimmed, so something follows. */
const BOX = /^\[([ xX])\][ \t]+/

/**
 * GitHub's task lists: an item that begins with `[ ]` or `[x]` gets a token `task` with `meta.done`.
 * @param {Markdown.Parser} md
 */
export function taskLists(md) {
  md.core.ruler.after("inline", "task_lists", ({ tokens, Token }) => {
    for (let at = 2; at < tokens.length; at += 1) {
      const [item, paragraph, inline] = tokens.slice(at - 2, at + 1)
      if (item.type !== "list_item_open" || paragraph.type !== "paragraph_open") continue
      const first = inline.children[0]
      const box = first?.type === "text" && BOX.exec(first.content)
      if (!box) continue
      first.content = first.content.slice(box[0].length)
      const task = new Token("task", "", 0)
      task.meta = { done: box[1] !== " " }
      inline.children.unshift(task)
      item.attrJoin("class", "task")
    }
  })
}
