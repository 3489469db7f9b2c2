const PLACEHOLDER = /\{(\w+)\}/g

/**
 * Create the function `t(key, values)` that returns a text of the page (chatapp/translations) with its {placeholders}
 * filled. A text with plural forms is a list; `n` selects the form.
 */
export function createTranslator(texts, locale) {
  const rules = new Intl.PluralRules(locale)
  const form = (text, { n }) => (Array.isArray(text) ? text.at(rules.select(Number(n)) === "one" ? 0 : -1) : text)
  const t = (key, values = {}) =>
    form(texts[key] ?? key, values).replace(PLACEHOLDER, (place, name) => values[name] ?? place)
  /** Whether a key that the server sent has a text. */
  t.known = (key) => Object.hasOwn(texts, key)
  return t
}
