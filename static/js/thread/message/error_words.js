/**
 * What is known of an error beside its code: `own`, our sentence for it in the reader's language, and `said`, the
 * words of others as they came. An answer's error is kept, for readers of any language, so it carries what a sentence
 * is made of; what a server refuses, it refuses in the reader's language already.
 */
export function errorWords({ message = "", detail = null }, t) {
  if (!detail) return { own: "", said: message }
  return { own: t(detail.text, detail.values), said: detail.said ?? "" }
}

/** What happened, in one sentence: our own, or else what the code tells. `kept`: some of the answer had come. */
export function errorHeadline(error, t, { kept = false } = {}) {
  const { own } = errorWords(error, t)
  if (own) return own
  if (kept && error.code === "provider_unavailable") return t("brokenOff")
  return t(t.known(error.code) ? error.code : "failed")
}

/** What others said of it, as theirs where a sentence of our own stands above; "" where that is no more. */
export function errorDetail(error, t) {
  const { own, said } = errorWords(error, t)
  if (said === errorHeadline(error, t)) return ""
  return own && said ? t("errorSaid", { said }) : said
}
