const STEPS = { ArrowDown: 1, ArrowUp: -1 }
const ENDS = { Home: 0, End: -1 }

/** Focus in the list: arrow keys move it, and it survives redraws. */
export class ListFocus {
  #root

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root
  }

  /**
   * Redraw the list; the focused part keeps the focus, or the item that takes its place gets it.
   * @param {() => void} change
   */
  keeping(change) {
    const focused = this.#root.contains(document.activeElement) ? document.activeElement : null
    const id = focused?.closest("[data-conversation-id]")?.dataset.conversationId
    const at = this.#ids.indexOf(id)
    const part = focused?.className
    change()
    if (at < 0 || this.#root.contains(document.activeElement)) return
    if (document.activeElement !== document.body) return // The focus was moved on purpose.
    const ids = this.#ids
    if (ids.includes(id)) this.to(id, part)
    else if (ids.length > 0) this.to(ids[Math.min(at, ids.length - 1)])
    else this.#root.querySelector("[data-testid=new-chat]").focus()
  }

  /**
   * Focus an item: its rename field, the given part, or its link.
   * @param {string} id
   */
  to(id, part = "item__link") {
    const item = this.#items.find(({ dataset }) => dataset.conversationId === id)
    /** @type {HTMLInputElement | null} */
    const field = item?.querySelector(".item__field")
    const inner = /** @type {HTMLElement | undefined} */ (item?.getElementsByClassName(part)[0])
    if (field) field.select()
    else (inner ?? item?.querySelector("a"))?.focus()
  }

  /** @param {KeyboardEvent} event */
  keydown(event) {
    const items = this.#items
    const target = /** @type {Element} */ (event.target)
    const at = items.indexOf(target.closest("[data-conversation-id]"))
    const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey)
    if (at < 0 || !plain || target.matches("input")) return
    const step = STEPS[event.key]
    const to = step ? items[at + step] : items.at(ENDS[event.key] ?? items.length)
    if (!step && !(event.key in ENDS)) return
    event.preventDefault()
    if (to) this.to(to.dataset.conversationId)
  }

  get #items() {
    return [...this.#root.querySelectorAll("[data-testid=conversation]")]
  }
  get #ids() {
    return this.#items.map(({ dataset }) => dataset.conversationId)
  }
}
