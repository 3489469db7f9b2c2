import { Api } from "../net/api.js"
import { SecretForm } from "../ui/secret_form.js"

/** @import { Format } from "../base/format.js" */
/** @import { Translate } from "../base/translator.js" */
/** @import { ConversationList } from "../state/conversation_list.js" */
/** @import { Outbox } from "../state/outbox.js" */

/**
 * Join another device's session by a code. This browser's conversations stay in its present session and become
 * unreachable, so the user has to confirm if there are any.
 */
export class JoinDialog {
  #root
  #list
  #form

  /**
   * `root` is the dialog in templates/chat.html; `joined` is called once the new session is set.
   * @param {{ root: HTMLDialogElement, api: Api, list: ConversationList, outbox: Outbox, t: Translate, format: Format,
   *   joined: () => void }} parts
   */
  constructor({ root, api, list, outbox, t, format, joined }) {
    this.#root = root
    this.#list = list
    this.#findPart("export").href = Api.exportOf("json")
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
      accepted: joined,
      send: (code) => api.session({ code }),
      // Unsent messages belong to the present session.
      refuse: () => (outbox.empty ? null : t("codeUnsent")),
    })
  }

  open() {
    this.#form.clear()
    this.#field.value = ""
    this.#findPart("agree").checked = false
    this.#ask(true)
    this.#root.showModal()
    this.#field.focus()
    this.#list.hasAny().then(
      (any) => this.#ask(any),
      () => {},
    )
  }

  /** Ask for confirmation until it is known that there are no conversations. */
  #ask(anything) {
    this.#findPart("leave").hidden = !anything
    this.#findPart("agree").required = anything
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
