import { ApiError } from "../net/api.js"

const MEBIBYTE = 1024 * 1024
const LIMIT_MIB = 64

/** Brings conversations in from files, one after the other, and says how that went. */
export class Importer {
  #api
  #toasts
  #t
  #format
  #open
  #busy = false

  /** `open` shows the first of the conversations that came. */
  constructor({ api, toasts, t, format, open }) {
    this.#api = api
    this.#toasts = toasts
    this.#t = t
    this.#format = format
    this.#open = open
  }

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

  /** What came in, and a sentence about the file at which it ended before its time. */
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

  /** Only the server's own word is proof that nothing came in. */
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
