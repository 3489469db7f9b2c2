const DAYS = 400 // The longest that browsers keep any.

/** Cookies that the server reads too, so that a page comes as the reader wants it. */
export class Cookies {
  #document

  constructor(document = globalThis.document) { this.#document = document }

  get(name) {
    const pairs = this.#document.cookie.split("; ")
    return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? ""
  }

  /** An empty value takes the cookie away. */
  set(name, value) {
    const age = value ? DAYS * 86_400 : 0
    this.#document.cookie = `${name}=${value}; path=/; max-age=${age}; samesite=lax`
  }
}
