const PLACEHOLDER = /\{(\w+)\}/g

/**
 * The page's texts (chatapp/translations) as a function from key and values to text; {name} stands for a value.
 * A text that differs by number is a list of its forms, of which `n` picks one.
 */
export function createTranslator(texts, locale) {
  const rules = new Intl.PluralRules(locale)
  const form = (text, { n }) => (Array.isArray(text) ? text.at(rules.select(Number(n)) === "one" ? 0 : -1) : text)
  const t = (key, values = {}) => form(texts[key] ?? key, values).replace(PLACEHOLDER, (place, name) => values[name] ?? place)
  /** Whether there is a text for a key that a server chose. */
  t.known = (key) => Object.hasOwn(texts, key)
  return t
}
