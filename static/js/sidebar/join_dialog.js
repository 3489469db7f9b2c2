import { SecretForm } from "../ui/secret_form.js"
import { MergeChoice } from "./merge_choice.js"

/** @import { Format } from "../base/format.js" */
/** @import { Translate } from "../base/translator.js" */
/** @import { Api } from "../net/api.js" */
/** @import { ConversationList } from "../state/conversation_list.js" */
/** @import { Outbox } from "../state/outbox.js" */

/** Join another device's session by a code. This device's conversations come along, unless that is not wanted. */
export class JoinDialog {
  #root
  #list
  #outbox
  #form
  #choice

  /**
   * `root` is the dialog in templates/chat.html; `joined` is called once the new session is set.
   * @param {{ root: HTMLDialogElement, api: Api, list: ConversationList, outbox: Outbox, t: Translate, format: Format,
   *   joined: (merges: boolean) => void }} parts
   */
  constructor({ root, api, list, outbox, t, format, joined }) {
    this.#root = root
    this.#list = list
    this.#outbox = outbox
    const choice = (this.#choice = new MergeChoice((name) => this.#findPart(name)))
    this.#findPart("close").addEventListener("click", () => root.close())
    this.#form = new SecretForm({
      form: this.#findPart("form"),
      button: this.#findPart("button"),
      problem: this.#findPart("problem"),
      t,
      format,
      label: t("codeUse"),
      field: () => this.#field,
      wrong: () => t("codeWrong"),
      accepted: () => joined(choice.merges),
      send: (code) => api.session({ code, merge: choice.merges }),
      // Unsent messages stay with their owner.
      refuse: () => (outbox.empty || choice.merges ? null : t("codeUnsent")),
    })
  }

  open() {
    this.#form.clear()
    this.#field.value = ""
    this.#choice.reset(true)
    this.#root.showModal()
    this.#field.focus()
    this.#list.hasAny().then(
      (any) => this.#choice.ask(any || !this.#outbox.empty),
      () => {},
    )
  }

  /** @returns {HTMLInputElement} */
  get #field() {
    return this.#findPart("code")
  }

  /** @returns {any} */
  #findPart(name) {
    return this.#root.querySelector(`[data-part=${name}]`)
  }
}
