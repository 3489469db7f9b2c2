const SAMPLE = 4000
const [HANGUL, KANA, HAN, LATIN] = [
  /\p{Script=Hangul}+/gu,
  /[\p{Script=Hiragana}\p{Script=Katakana}]+/gu,
  /\p{Script=Han}+/gu,
  /\p{Script=Latin}+/gu,
]
/** Code has no natural language. */
const CODE = /^ {0,3}(`{3,}|~{3,})[^]*?(?:^ {0,3}\1|$(?![^]))|`[^`\n]*`|https?:\/\/\S+/gm

/**
 * The language of a text as far as its script tells; null if ambiguous.
 * @param {string} text
 */
export function detectLanguage(text) {
  const sample = text.slice(0, SAMPLE).replace(CODE, "")
  const count = (letters) => sample.length - sample.replace(letters, "").length
  const [hangul, kana, han, latin] = [HANGUL, KANA, HAN, LATIN].map(count)
  // One Hangul syllable corresponds to about three Latin letters.
  if (hangul + kana + han > latin / 3) return hangul >= han && hangul >= kana ? "ko" : kana > 0 ? "ja" : "zh"
  return latin > 0 && count(/\p{L}+/gu) === count(/[A-Za-z]+/g) ? "en" : null
}

/**
 * Set `lang` if the text is in another language than the page, for speech and fonts.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function markLanguage(element, text, locale = "") {
  const language = detectLanguage(text)
  if (language === null || locale.startsWith(language) || (language === "en" && !/^(ko|ja|zh)/.test(locale))) {
    element.removeAttribute("lang")
  } else element.lang = language
}
