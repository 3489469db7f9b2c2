/** The messages that are known, and the path through their tree that is shown. */
export class ShownPath {
  #messages = new Map()
  #ids = []
  #list = null

  /** The shown messages; a message that changes is another object. */
  get list() { return this.#list ??= this.#ids.map((id) => this.#messages.get(id)) }
  get leaf() { return this.get(this.#ids.at(-1)) }

  get(id) { return this.#messages.get(id) ?? null }
  has(id) { return this.#messages.has(id) }

  /** Take a message as it is stored now. */
  put(message) {
    this.#messages.set(message.id, message)
    this.#list = null
  }

  /**
   * Show the newest messages of a path; older ones stay where they lead to the first of these.
   * Returns whether any did.
   */
  replace(messages) {
    const joint = Math.max(this.#ids.indexOf(messages[0]?.id), this.#ids.indexOf(messages[0]?.parent_id) + 1, 0)
    this.#show([...this.#ids.slice(0, joint), ...messages.map(({ id }) => id)])
    for (const message of messages) this.put(message)
    return joint > 0
  }

  /** Put older messages before what is shown. */
  prepend(messages) {
    for (const message of messages) this.put(message)
    const shown = new Set(this.#ids)
    this.#show([...messages.map(({ id }) => id).filter((id) => !shown.has(id)), ...this.#ids])
  }

  /** Take a new message. At the end of the path it is shown; elsewhere on it only if the path `moves`. */
  add(message, { moves, rootShown }) {
    this.put(message)
    for (const id of message.sibling_ids) {
      const sibling = this.get(id)
      if (sibling) this.put({ ...sibling, sibling_ids: message.sibling_ids })
    }
    const isRoot = message.parent_id === null
    const at = isRoot ? 0 : this.#ids.indexOf(message.parent_id) + 1
    const belongs = isRoot ? rootShown : at > 0
    if (!belongs || this.#ids[at] === message.id) return
    if (moves || at === this.#ids.length) this.#show([...this.#ids.slice(0, at), message.id])
  }

  #show(ids) {
    this.#ids = ids
    this.#list = null
  }
}
