/** The known messages of the tree, and the path through it that is shown. */
export class ShownPath {
  /** @type {Map<string, Wire.Message>} */
  #messages = new Map()
  /** @type {string[]} */
  #ids = []
  /** @type {Wire.Message[] | null} */
  #list = null

  /** The shown messages; a changed message is a new object. */
  get list() {
    return (this.#list ??= this.#ids.map((id) => this.#messages.get(id)))
  }
  get leaf() {
    return this.get(this.#ids.at(-1))
  }

  /** @param {string} id */
  get(id) {
    return this.#messages.get(id) ?? null
  }
  /** @param {string} id */
  has(id) {
    return this.#messages.has(id)
  }

  /**
   * Store a message in its current state.
   * @param {Wire.Message} message
   */
  put(message) {
    this.#messages.set(message.id, message)
    this.#list = null
  }

  /**
   * Show the newest messages of a path. Older loaded ones stay if they lead to the first of these; returns whether any
   * did.
   * @param {Wire.Message[]} messages
   */
  replace(messages) {
    const joint = Math.max(this.#ids.indexOf(messages[0]?.id), this.#ids.indexOf(messages[0]?.parent_id) + 1, 0)
    this.#show([...this.#ids.slice(0, joint), ...messages.map(({ id }) => id)])
    for (const message of messages) this.put(message)
    return joint > 0
  }

  /**
   * Put older messages before the shown ones.
   * @param {Wire.Message[]} messages
   */
  prepend(messages) {
    for (const message of messages) this.put(message)
    const shown = new Set(this.#ids)
    this.#show([...messages.map(({ id }) => id).filter((id) => !shown.has(id)), ...this.#ids])
  }

  /**
   * Add a new message. It is shown at the end of the path; elsewhere on it only if the path `moves`.
   * @param {Wire.Message} message
   * @param {{ moves: boolean, rootShown: boolean }} how
   */
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
