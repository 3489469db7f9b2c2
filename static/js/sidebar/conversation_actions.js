/** The actions of the list's menus, with undo where possible. */
export class ConversationActions {
  #list
  #router
  #sync
  #toasts
  #t

  constructor({ list, router, sync, toasts, t }) {
    this.#list = list
    this.#router = router
    this.#sync = sync
    this.#toasts = toasts
    this.#t = t
  }

  rename({ id }, title) {
    return this.#toasts.attempt(() => this.#list.change(id, { title }))
  }
  pin({ id }, pinned) {
    return this.#toasts.attempt(() => this.#list.change(id, { pinned }))
  }

  archive(conversation, archived) {
    const { id } = conversation
    if (!archived) return this.#toasts.attempt(() => this.#list.change(id, { archived }))
    return this.#putAway(conversation, {
      said: "wasArchived",
      act: () => this.#list.change(id, { archived }),
      undo: () => this.#list.change(id, { archived: false }),
    })
  }

  remove(conversation) {
    const { id } = conversation
    return this.#putAway(conversation, {
      said: "removed",
      act: () => this.#list.remove(id),
      undo: () => this.#list.change(id, { deleted: false }),
    })
  }

  /**
   * An open conversation is left before it is removed, so that no notice appears, and is reopened on failure or undo.
   */
  async #putAway({ id, title }, { said, act, undo }) {
    const wasOpen = this.#leave(id)
    const back = () => {
      if (wasOpen && this.#sync.id === null) this.#router.go(id)
    }
    if (!(await this.#toasts.attempt(act))) return back()
    const restore = async () => {
      if (await this.#toasts.attempt(undo)) back()
    }
    const text = this.#t(said, { title: title || this.#t("untitled") })
    this.#toasts.show(text, { label: this.#t("undo"), act: restore })
  }

  #leave(id) {
    const isOpen = this.#sync.id === id
    if (isOpen) this.#router.go(null)
    return isOpen
  }
}
