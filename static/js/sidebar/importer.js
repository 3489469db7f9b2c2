import { ApiError } from "../net/api.js"
import { ImportFiles } from "./import_files.js"
import { ImportResult } from "./import_result.js"

/** @import { Format } from "../base/format.js" */
/** @import { Timers } from "../base/scheduling.js" */
/** @import { Translate } from "../base/translator.js" */
/** @import { Api } from "../net/api.js" */
/** @import { Toasts } from "../ui/toasts.js" */
/** @import { ImportDialog } from "./import_dialog.js" */
/** @import { Upload } from "./import_files.js" */

const LOOK_MS = 1500

/** Imports conversations from files, upload by upload, tells how far it is, and reports the result. */
export class Importer {
  #api
  #toasts
  #t
  #format
  #dialog
  #begins
  #open
  #timers
  #files
  #busy = false
  /** @type {AbortController | null} */
  #sending = null
  /** @type {ReturnType<Toasts["keep"]> | null} */
  #toast = null
  #result = new ImportResult()

  /**
   * `begins` is called before anything is shown; `open` shows the newest imported conversation.
   * @param {{ api: Api, toasts: Toasts, t: Translate, format: Format, dialog: Pick<ImportDialog, "open">,
   *   begins: () => void, open: (id: string) => void, timers?: Timers }} parts
   */
  constructor({ api, toasts, t, format, dialog, begins, open, timers = globalThis }) {
    this.#api = api
    this.#toasts = toasts
    this.#t = t
    this.#format = format
    this.#dialog = dialog
    this.#begins = begins
    this.#open = open
    this.#timers = timers
    this.#files = new ImportFiles({ t })
  }

  /** @param {File[]} files */
  async take(files) {
    if (files.length === 0) return
    if (this.#busy) return this.#toasts.show(this.#t("importRunning"))
    this.#busy = true
    this.#result = new ImportResult()
    this.#begins()
    this.#toast = this.#toasts.keep(this.#t("importing"), {
      label: this.#t("cancel"),
      act: () => this.#cancel(),
      undoes: false,
    })
    const problem = await this.#takeAll(files)
    this.#busy = false
    this.#toast.close()
    if (problem) this.#toasts.show(problem)
    else this.#report()
  }

  /**
   * Returns what has ended the import, if anything has.
   * @param {File[]} files
   * @returns {Promise<string | null>}
   */
  async #takeAll(files) {
    try {
      const { uploads, problem } = await this.#files.prepare(files)
      if (problem) return problem
      for (const upload of uploads) {
        if (this.#result.isCancelled) break
        await this.#send(upload)
      }
      return null
    } catch (error) {
      if (this.#result.isCancelled) return null
      return this.#t(error instanceof DOMException ? "importUnreadable" : "importLost")
    }
  }

  /** @param {Upload} upload */
  async #send({ name, type, body }) {
    const sending = new AbortController()
    this.#sending = sending
    let looking
    const sent = (part) => {
      if (part < 1) this.#say("importSending", { n: this.#format.number(Math.floor(part * 100)) })
      else {
        this.#sending = null
        looking = this.#timers.setTimeout(look, LOOK_MS)
      }
    }
    const look = async () => {
      this.#tell(await this.#api.importProgress().catch(() => null))
      if (looking !== null) looking = this.#timers.setTimeout(look, LOOK_MS)
    }
    try {
      this.#result.add(await this.#api.importFile(body, { type, sent, signal: sending.signal }))
    } catch (error) {
      // Only an error response proves that nothing of this file was imported.
      if (!(error instanceof ApiError)) throw error
      this.#result.addFile(name, error.message)
    } finally {
      this.#sending = null
      this.#timers.clearTimeout(looking)
      looking = null
    }
  }

  /** @param {Wire.ImportProgress | null} progress */
  #tell(progress) {
    if (!progress?.total) return
    const { phase, done, total } = progress
    if (phase === "reading") this.#say("importReading", { n: this.#format.number(Math.floor((100 * done) / total)) })
    if (phase === "storing") {
      this.#say("importStoring", { n: this.#format.number(done), total: this.#format.number(total) })
    }
  }

  #say(key, values) {
    this.#toast.say(this.#t(key, values))
  }

  /** What has been stored by then stays. */
  #cancel() {
    this.#result.cancel()
    if (this.#sending) this.#sending.abort()
    else this.#api.cancelImport().catch(() => {})
  }

  #report() {
    const result = this.#result
    if (result.failure !== null) {
      this.#toasts.show(`${this.#t("importFailed")} ${result.failure}`)
      return
    }
    const show = { label: this.#t("importShowProblems"), act: () => this.#dialog.open(result), undoes: false }
    this.#toasts.show(result.text(this.#t, this.#format), result.problems.length > 0 ? show : null)
    if (result.first !== null) this.#open(result.first)
  }
}
