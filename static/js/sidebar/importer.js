import { ApiError } from "../net/api.js"

/** @import { Format } from "../base/format.js" */
/** @import { Translate } from "../base/translator.js" */
/** @import { Api } from "../net/api.js" */
/** @import { Toasts } from "../ui/toasts.js" */

const MEBIBYTE = 1024 * 1024
const LIMIT_MIB = 64

/** Imports conversations from files, one by one, and reports the result. */
export class Importer {
  #api
  #toasts
  #t
  #format
  #open
  #busy = false

  /**
   * `open` shows the first imported conversation.
   * @param {{ api: Api, toasts: Toasts, t: Translate, format: Format, open: (id: string) => void }} parts
   */
  constructor({ api, toasts, t, format, open }) {
    this.#api = api
    this.#toasts = toasts
    this.#t = t
    this.#format = format
    this.#open = open
  }

  /** @param {File[]} files */
  async take(files) {
    if (files.length === 0) return
    if (this.#busy) return this.#toasts.show(this.#t("importRunning"))
    this.#busy = true
    const done = this.#toasts.hold(this.#t("importing"))
    const [conversations, problem] = await this.#takeAll(files)
    this.#busy = false
    done()
    if (problem) this.#toasts.show(problem)
    if (conversations.length > 0 || !problem) this.#arrived(conversations)
  }

  /**
   * Returns the imported conversations, and the problem that ended the import, if any.
   * @param {File[]} files
   * @returns {Promise<[Wire.Conversation[], string | null]>}
   */
  async #takeAll(files) {
    const conversations = []
    for (const file of files) {
      try {
        const problem = this.#refusal(file)
        if (problem) return [conversations, problem]
        conversations.push(...(await this.#api.importConversations(await file.text())).conversations)
      } catch (error) {
        return [conversations, this.#problem(error)]
      }
    }
    return [conversations, null]
  }

  #refusal({ name, type, size }) {
    if (!/\.json$/i.test(name) && type !== "application/json") return this.#t("importNotJson", { name })
    return size > LIMIT_MIB * MEBIBYTE ? this.#t("importTooLarge", { name, n: LIMIT_MIB }) : null
  }

  /** Only an error response proves that nothing was imported. */
  #problem(error) {
    if (error instanceof ApiError) return `${this.#t("importFailed")} ${error.message}`
    return this.#t(error instanceof DOMException ? "importUnreadable" : "importLost")
  }

  #arrived(conversations) {
    const n = this.#format.number(conversations.length)
    this.#toasts.show(this.#t(conversations.length > 0 ? "imported" : "importedNone", { n }))
    if (conversations.length > 0) this.#open(conversations[0].id)
  }
}
