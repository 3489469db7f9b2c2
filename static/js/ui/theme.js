/** @import { Preferences } from "../state/preferences.js" */

/** Applies the preferred theme when it changes; the server does so for the first paint. */
export class Theme {
  #preferences
  #document

  /** @param {{ preferences: Preferences, document?: Document }} parts */
  constructor({ preferences, document = globalThis.document }) {
    this.#preferences = preferences
    this.#document = document
    preferences.on("changed", (name) => {
      if (name === "theme") this.#show()
    })
    // The offline shell may have been cached with another theme.
    if (document.documentElement.dataset.theme !== preferences.theme) this.#show()
  }

  #show() {
    const { theme } = this.#preferences
    this.#document.documentElement.dataset.theme = theme
    this.#meta("color-scheme")[0].content = theme === "system" ? "light dark" : theme
    for (const meta of this.#meta("theme-color")) {
      meta.content = meta.dataset[theme === "system" ? meta.dataset.scheme : theme]
    }
  }

  #meta(name) {
    /** @type {NodeListOf<HTMLMetaElement>} */
    const found = this.#document.querySelectorAll(`meta[name="${name}"]`)
    return [...found]
  }
}
