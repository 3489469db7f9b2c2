/** @import { Translate } from "../base/translator.js" */

/** @typedef {{ name: string, type: "application/json" | "application/zip", body: Blob }} Upload */

const MEBIBYTE = 1024 * 1024
const LIMIT_MIB = 64
/** What lies beside the conversations in a known export; taken only if it is all that was chosen. */
const BESIDE =
  /^((users?|message_feedback|shared_conversations|model_comparisons|projects|memories|library_files|login_history|export_manifest|assistants)\.json|manifest-.*\.json|(projects|memories|light_metadata|frames|feedback|design_chats)-\d+.*\.zip)$/i
const NUMBERED = /^conversation(s[-_ ]?\d+|_asset_file_names).*\.json$/i

/** Makes uploads of the files that a person has chosen or dropped, whatever lies among them. */
export class ImportFiles {
  #t

  /** @param {{ t: Translate }} parts */
  constructor({ t }) {
    this.#t = t
  }

  /**
   * The uploads, or a sentence that says why there are none.
   * @param {File[]} files
   * @returns {Promise<{ uploads: Upload[], problem: string | null }>}
   */
  async prepare(files) {
    const all = files.filter(({ name, type }) => isZip(name, type) || isJson(name, type))
    if (all.length === 0) return { uploads: [], problem: this.#refusal(files[0]) }
    const some = all.filter(({ name }) => !BESIDE.test(name))
    const chosen = some.length > 0 ? some : all
    // ChatGPT's numbered files belong together: one of them has the names of the pictures in the others.
    const numbered = chosen.filter(({ name }) => NUMBERED.test(name))
    const together = numbered.length > 1 && total(numbered) <= LIMIT_MIB * MEBIBYTE ? await pack(numbered) : null
    const uploads = together ? [together] : []
    for (const file of chosen) if (!together || !numbered.includes(file)) uploads.push(await this.#upload(file))
    const large = uploads.find(({ body }) => body.size > LIMIT_MIB * MEBIBYTE)
    return large ? { uploads: [], problem: this.#tooLarge(large.name) } : { uploads, problem: null }
  }

  /**
   * @param {File} file
   * @returns {Promise<Upload>}
   */
  async #upload(file) {
    if (!isZip(file.name, file.type)) return { name: file.name, type: "application/json", body: file }
    try {
      return { name: file.name, type: "application/zip", body: await (await loadZips()).reduceZip(file) }
    } catch {
      return { name: file.name, type: "application/zip", body: file } // The server says what is wrong with it.
    }
  }

  #refusal({ name }) {
    return this.#t(/\.(md|markdown)$/i.test(name) ? "importMarkdown" : "filesLater", { name })
  }

  #tooLarge(name) {
    return this.#t("importTooLarge", { name, n: LIMIT_MIB })
  }
}

/**
 * One upload of several files; null if what packs them cannot be loaded.
 * @returns {Promise<Upload | null>}
 */
async function pack(files) {
  const zips = await loadZips().catch(() => null)
  return zips && { name: files[0].name, type: "application/zip", body: await zips.packFiles(files) }
}

/** On demand: most visits import nothing. */
function loadZips() {
  return import("./zip_file.js")
}

function total(files) {
  return files.reduce((sum, { size }) => sum + size, 0)
}

function isZip(name, type) {
  return /\.zip$/i.test(name) || type === "application/zip" || type === "application/x-zip-compressed"
}

function isJson(name, type) {
  return /\.json$/i.test(name) || type === "application/json"
}
