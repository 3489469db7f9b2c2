/** An answer of the server that is not a success, as it explains itself (application/problem+json). */
export class ApiError extends Error {
  constructor(status, { code = "internal", detail, title, retry_after: retryAfter = null }) {
    super(detail ?? title ?? `HTTP ${status}`)
    Object.assign(this, { status, code, retryAfter })
  }
}

/** JSON over HTTP. */
export class Api {
  #fetch
  #location

  constructor({ fetch = globalThis.fetch.bind(globalThis), location = globalThis.location } = {}) {
    this.#fetch = fetch
    this.#location = location
  }

  conversations({ cursor = null, archived = false } = {}) {
    const query = new URLSearchParams()
    if (cursor) query.set("cursor", cursor)
    if (archived) query.set("archived", "true")
    return this.#call("GET", `/api/conversations?${query}`)
  }

  changeConversation(id, change) { return this.#call("PATCH", `/api/conversations/${id}`, change) }
  deleteConversation(id) { return this.#call("DELETE", `/api/conversations/${id}`) }
  models() { return this.#call("GET", "/api/models") }
  session(password) { return this.#call("POST", "/api/session", password === undefined ? {} : { password }) }

  /** Whether plain HTTP reaches the server. */
  async alive() {
    try {
      return (await this.#fetch("/healthz", { cache: "no-store" })).ok
    } catch {
      return false
    }
  }

  /** Get a session again; false when the server cannot be asked now. Where a password is wanted, go and sign in. */
  async renewSession() {
    try {
      await this.session()
      return true
    } catch (error) {
      if (error.status === 401) this.signIn()
      return false
    }
  }

  /** The server shows its sign-in page in place of any page that it does not let one see. */
  signIn() { this.#location.reload() }

  async #call(method, path, body) {
    const response = await this.#fetch(path, {
      method,
      headers: method === "GET" ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new ApiError(response.status, parsed(text))
    return text ? JSON.parse(text) : null
  }
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return {} // A proxy in between answers in HTML.
  }
}
