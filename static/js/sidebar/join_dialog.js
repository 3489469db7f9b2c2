import { Api } from "../net/api.js"
import { SecretForm } from "../ui/secret_form.js"

/**
 * Enter a code and take part in another device's session. What this browser has stays with its present session,
 * out of reach: whoever has any conversations is told so, and asked, before.
 */
export class JoinDialog {
  #root
  #list
  #form

  /** `root` is the dialog of templates/chat.html; `joined` is called when this browser has its new session. */
  constructor({ root, api, list, outbox, t, format, joined }) {
    this.#root = root
    this.#list = list
    this.#findPart("export").href = Api.exportOf("json")
    this.#findPart("close").addEventListener("click", () => root.close())
    this.#form = new SecretForm({
      form: this.#findPart("form"), button: this.#findPart("button"), problem: this.#findPart("problem"), t, format,
      label: t("codeUse"), field: () => this.#field, wrong: () => t("codeWrong"), accepted: joined,
      send: (code) => api.session({ code }),
      // What is still to be sent belongs to the session that wrote it.
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
    this.#list.hasAny().then((any) => this.#ask(any), () => {})
  }

  /** Until it is known that there is nothing to lose, one is asked. */
  #ask(anything) {
    this.#findPart("leave").hidden = !anything
    this.#findPart("agree").required = anything
  }

  get #field() { return this.#findPart("code") }

  #findPart(name) { return this.#root.querySelector(`[data-part=${name}]`) }
}
