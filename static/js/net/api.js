import { upload } from "./upload.js"

/** @import { Translate } from "../base/translator.js" */

/** An error response (application/problem+json). */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {{ code?: string, reason?: string, detail?: string, title?: string, retry_after?: number }} problem
   */
  constructor(status, { code = "internal", reason = null, detail, title, retry_after: retryAfter = null }) {
    super(detail ?? title ?? `HTTP ${status}`)
    this.status = status
    this.code = code
    this.reason = reason
    this.retryAfter = retryAfter
  }
}

/** No response, or one from a proxy; the request may have been executed. */
export class UnreachableError extends Error {
  code = "unreachable"
  retryAfter = null
}

/** JSON over HTTP. Errors are ApiError or UnreachableError, with a message for the user. */
export class Api {
  #t
  #owner
  #fetch
  #location

  /**
   * `owner`: for whom the page is shown, null if nobody is known.
   * @param {{ t?: Translate, owner?: string | null, fetch?: typeof globalThis.fetch, location?: Location }} [parts]
   */
  constructor({ t, owner = null, fetch = globalThis.fetch.bind(globalThis), location = globalThis.location } = {}) {
    this.#t = t
    this.#owner = owner
    this.#fetch = fetch
    this.#location = location
  }

  /**
   * The URL of an export, of one conversation or of all.
   * @param {"json" | "md"} format
   * @param {string | null} id
   */
  static exportOf(format, id = null) {
    return `/api/conversations/${id ? `${encodeURIComponent(id)}/` : ""}export?format=${format}`
  }

  /**
   * One page of the list.
   * @param {{ cursor?: string | null, archived?: boolean }} [page]
   * @returns {Promise<Wire.ConversationPage>}
   */
  conversations({ cursor = null, archived = false } = {}) {
    const query = new URLSearchParams()
    if (cursor) query.set("cursor", cursor)
    if (archived) query.set("archived", "true")
    return this.#call("GET", `/api/conversations?${query}`)
  }

  /**
   * One page of search results, which include the archive.
   * @param {{ q: string, cursor: string | null }} question
   * @returns {Promise<Wire.ConversationPage>}
   */
  search({ q, cursor }) {
    return this.#call("POST", "/api/conversations/search", cursor ? { q, cursor } : { q })
  }

  /**
   * @param {string} id
   * @param {Partial<Wire.Conversation> & { deleted?: boolean }} change
   * @returns {Promise<{ conversation: Wire.Conversation }>}
   */
  changeConversation(id, change) {
    return this.#call("PATCH", `/api/conversations/${id}`, change)
  }
  /** @param {string} id */
  deleteConversation(id) {
    return this.#call("DELETE", `/api/conversations/${id}`)
  }
  /**
   * `sent` is told how much has been sent, from 0 to 1; `signal` ends the upload.
   * @param {Blob} file
   * @param {{ type: string, sent: (part: number) => void, signal: AbortSignal }} options
   * @returns {Promise<Wire.ImportAnswer>}
   */
  async importFile(file, options) {
    const { status, text } = await upload("/api/conversations/import?partial=1", file, options).catch(() => {
      throw this.#unreachable
    })
    return this.#read({ ok: status >= 200 && status < 300, status, answer: parseJson(text) })
  }

  /** @returns {Promise<Wire.ImportProgress>} */
  importProgress() {
    return this.#call("GET", "/api/conversations/import")
  }

  /** @returns {Promise<null>} */
  cancelImport() {
    return this.#call("DELETE", "/api/conversations/import", {})
  }
  /** @returns {Promise<Wire.Settings>} */
  settings() {
    return this.#call("GET", "/api/settings")
  }
  /**
   * @param {Wire.Settings} settings
   * @returns {Promise<Wire.Settings>}
   */
  changeSettings(settings) {
    return this.#call("PUT", "/api/settings", settings)
  }
  /** @returns {Promise<{ presets: Wire.Preset[] }>} */
  presets() {
    return this.#call("GET", "/api/settings/presets")
  }
  /**
   * @param {string} id
   * @param {Omit<Wire.Preset, "id">} preset
   * @returns {Promise<{ preset: Wire.Preset }>}
   */
  putPreset(id, preset) {
    return this.#call("PUT", `/api/settings/presets/${id}`, preset)
  }
  /**
   * @param {string} id
   * @param {Partial<Wire.Preset>} change
   * @returns {Promise<{ preset: Wire.Preset }>}
   */
  changePreset(id, change) {
    return this.#call("PATCH", `/api/settings/presets/${id}`, change)
  }
  /** @param {string} id */
  deletePreset(id) {
    return this.#call("DELETE", `/api/settings/presets/${id}`)
  }
  /** @returns {Promise<Wire.Models>} */
  models() {
    return this.#call("GET", "/api/models")
  }
  /** @returns {Promise<{ removed: number }>} */
  forgetAnswers() {
    return this.#call("DELETE", "/api/cache")
  }

  /**
   * Begin or renew a session, with one of these if required. `merge`: what this device has comes along.
   * @param {{ password?: string, code?: string, owner?: string, merge?: boolean }} secret
   */
  session(secret = {}) {
    return this.#call("POST", "/api/session", secret)
  }

  /**
   * A one-time code that lets another device join this session.
   * @returns {Promise<{ code: string, expires_at: string }>}
   */
  sessionCode() {
    return this.#call("POST", "/api/session/code", {})
  }

  /** @returns {Promise<null>} */
  signOut() {
    return this.#call("DELETE", "/api/session", {})
  }
  /** @returns {Promise<{ sessions: Wire.Session[] }>} */
  devices() {
    return this.#call("GET", "/api/sessions")
  }
  /**
   * @param {string} id
   * @returns {Promise<null>}
   */
  endDevice(id) {
    return this.#call("DELETE", `/api/sessions/${id}`, {})
  }
  /** @returns {Promise<{ ended: number }>} */
  endOtherDevices() {
    return this.#call("DELETE", "/api/sessions", {})
  }

  /** Whether the server answers over HTTP. */
  async alive() {
    try {
      return (await this.#fetch("/healthz", { cache: "no-store" })).ok
    } catch {
      return false
    }
  }

  /**
   * Renew the owner's session; false if that is impossible now. Then the page begins anew, as whoever has a session by
   * now, or is the one of who is signed out: no other owner takes the place of the one for whom it is shown.
   */
  async renewSession() {
    try {
      await this.session(this.#owner ? { owner: this.#owner } : {})
      return true
    } catch (error) {
      if (error.reason === "signed_out") this.leave()
      else if (error.status === 401) this.signIn()
      return false
    }
  }

  /** The server responds with the sign-in page instead of the requested one. */
  signIn() {
    this.#location.reload()
  }

  /** The server shows who is signed out that they are; the browser forgets there what was typed. */
  leave() {
    this.#location.assign("/signed-out")
  }

  #call(method, path, body) {
    return this.#send(method, path, body === undefined ? body : JSON.stringify(body))
  }

  async #send(method, path, body) {
    const headers = method === "GET" ? {} : { "Content-Type": "application/json" }
    return this.#read(await this.#answer(path, { method, headers, body }))
  }

  #read({ ok, status, answer }) {
    const isByAnother = answer === undefined || (!ok && !answer?.code) // Such as HTML from a proxy.
    if (isByAnother && (ok || status >= 500)) throw this.#unreachable
    if (!ok) throw new ApiError(status, answer ?? {})
    return answer
  }

  async #answer(path, request) {
    try {
      const response = await this.#fetch(path, request)
      return { ok: response.ok, status: response.status, answer: parseJson(await response.text()) }
    } catch {
      throw this.#unreachable
    }
  }

  get #unreachable() {
    return new UnreachableError(this.#t("unreachable"))
  }
}

/** Parse JSON; an empty text is null, invalid JSON is undefined. */
function parseJson(text) {
  try {
    return text ? JSON.parse(text) : null
  } catch {
    return undefined
  }
}
