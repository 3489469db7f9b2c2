/**
 * What is known of an error beside its code: `own`, our sentence for it in the reader's language, and `said`, the
 * words of others as they came. An answer's error is kept, for readers of any language, so it carries what a sentence
 * is made of; what a server refuses, it refuses in the reader's language already.
 */
export function errorWords({ message = "", detail = null }, t) {
  if (!detail) return { own: "", said: message }
  return { own: t(detail.text, detail.values), said: detail.said ?? "" }
}

/** The same in one line. */
export function errorLine(error, t) {
  const { own, said } = errorWords(error, t)
  return own && said ? `${own} ${t("errorSaid", { said })}` : own || said
}
