const PLACEHOLDER = /\{(\w+)\}/g

/** @typedef {ReturnType<typeof createTranslator>} Translate */

/**
 * Create the function `t(key, values)` that returns a text of the page (chatapp/translations) with its {placeholders}
 * filled. A text with plural forms is a list; `n` selects the form.
 * @param {Record<string, string | string[]>} texts
 * @param {string} locale
 */
export function createTranslator(texts, locale) {
  const rules = new Intl.PluralRules(locale)
  /** @type {(text: string | string[], values: { n?: any }) => string} */
  const form = (text, { n }) => (Array.isArray(text) ? text.at(rules.select(Number(n)) === "one" ? 0 : -1) : text)
  /**
   * @param {string} key
   * @param {Record<string, any>} [values]
   */
  const t = (key, values = {}) =>
    form(texts[key] ?? key, values).replace(PLACEHOLDER, (place, name) => values[name] ?? place)
  /**
   * Whether a key that the server sent has a text.
   * @param {string} key
   */
  t.known = (key) => Object.hasOwn(texts, key)
  return t
}
