/** @import { Translate } from "../base/translator.js" */
/** @import { ConversationList } from "../state/conversation_list.js" */
/** @import { ConversationSync } from "../state/conversation_sync.js" */
/** @import { Router } from "../state/router.js" */
/** @import { Toasts } from "../ui/toasts.js" */

/** The actions of the list's menus, with undo where possible. */
export class ConversationActions {
  #list
  #router
  #sync
  #toasts
  #t

  /** @param {{ list: ConversationList, router: Router, sync: ConversationSync, toasts: Toasts, t: Translate }} parts */
  constructor({ list, router, sync, toasts, t }) {
    this.#list = list
    this.#router = router
    this.#sync = sync
    this.#toasts = toasts
    this.#t = t
  }

  /**
   * @param {Wire.Conversation} conversation
   * @param {string} title
   */
  rename({ id }, title) {
    return this.#toasts.attempt(() => this.#list.change(id, { title }))
  }
  /**
   * @param {Wire.Conversation} conversation
   * @param {boolean} pinned
   */
  pin({ id }, pinned) {
    return this.#toasts.attempt(() => this.#list.change(id, { pinned }))
  }

  /**
   * @param {Wire.Conversation} conversation
   * @param {boolean} archived
   */
  archive(conversation, archived) {
    const { id } = conversation
    if (!archived) return this.#toasts.attempt(() => this.#list.change(id, { archived }))
    return this.#putAway(conversation, {
      said: "wasArchived",
      act: () => this.#list.change(id, { archived }),
      undo: () => this.#list.change(id, { archived: false }),
    })
  }

  /** @param {Wire.Conversation} conversation */
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
   * @param {Wire.Conversation} conversation
   * @param {{ said: string, act: () => unknown, undo: () => unknown }} how
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
