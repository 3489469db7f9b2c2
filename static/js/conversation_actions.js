/** What the list's menus do. Everything that can be undone offers it. */
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

  rename({ id }, title) { return this.#try(() => this.#list.change(id, { title })) }
  pin({ id }, pinned) { return this.#try(() => this.#list.change(id, { pinned })) }

  async archive({ id, title }, archived) {
    if (!await this.#try(() => this.#list.change(id, { archived }))) return
    if (!archived) return
    this.#leave(id)
    const undo = () => this.#try(() => this.#list.change(id, { archived: false }))
    this.#toasts.show(this.#t("wasArchived", { title: title || this.#t("untitled") }), { label: this.#t("undo"), act: undo })
  }

  async remove({ id, title }) {
    const wasOpen = this.#leave(id)
    if (!await this.#try(() => this.#list.remove(id))) return
    const undo = async () => {
      if (await this.#try(() => this.#list.change(id, { deleted: false })) && wasOpen) this.#router.go(id)
    }
    this.#toasts.show(this.#t("removed", { title: title || this.#t("untitled") }), { label: this.#t("undo"), act: undo })
  }

  #leave(id) {
    const isOpen = this.#sync.id === id
    if (isOpen) this.#router.go(null)
    return isOpen
  }

  async #try(act) {
    try {
      await act()
      return true
    } catch (error) {
      this.#toasts.show(error.message)
      return false
    }
  }
}
