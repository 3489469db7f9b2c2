const SAMPLE = 4000
const [HANGUL, KANA, HAN, LATIN] = [
  /\p{Script=Hangul}+/gu, /[\p{Script=Hiragana}\p{Script=Katakana}]+/gu, /\p{Script=Han}+/gu, /\p{Script=Latin}+/gu,
]
/** Code is written in no language that a screen reader could speak. */
const CODE = /^ {0,3}(`{3,}|~{3,})[^]*?(?:^ {0,3}\1|$(?![^]))|`[^`\n]*`|https?:\/\/\S+/gm

/** The language that a text is written in, as far as its letters tell; null where they could be of several. */
export function detectLanguage(text) {
  const sample = text.slice(0, SAMPLE).replace(CODE, "")
  const count = (letters) => sample.length - sample.replace(letters, "").length
  const [hangul, kana, han, latin] = [HANGUL, KANA, HAN, LATIN].map(count)
  // A syllable says about as much as three letters of ours.
  if (hangul + kana + han > latin / 3) return hangul >= han && hangul >= kana ? "ko" : kana > 0 ? "ja" : "zh"
  return latin > 0 && count(/\p{L}+/gu) === count(/[A-Za-z]+/g) ? "en" : null
}

/** Say in which language the text of an element is, where that is not the page's: it is spoken, and drawn, accordingly. */
export function markLanguage(element, text, locale = "") {
  const language = detectLanguage(text)
  if (language === null || locale.startsWith(language) || (language === "en" && !/^(ko|ja|zh)/.test(locale))) {
    element.removeAttribute("lang")
  } else element.lang = language
}
