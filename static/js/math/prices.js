/** What stands between dollars and looks like money or like words is no formula. */
const AMOUNT = /^\d[\d.,]*[kKmMbB]?/
const LIKE_TEX = /[\\^_={}<>|+*]/
const WORDS = /\s\p{L}{2,}/u
const HANGUL = /\p{Script=Hangul}/u
/** Text in a formula: `\text{속도}`. */
const QUOTED = /\\(?:text|textbf|textrm|mathrm|mbox|operatorname)\s*\{[^{}]*\}/g
const ONLY_WORDS = /^[\p{L}\p{M}\s.,:;!?'’"“”()-]*$/u
const ORDINAL = /^(?:st|nd|rd|th|s)(?![\p{L}\p{N}])/u
const JOINS = /[A-Za-z0-9_{]/

/** Whether `$` may open a formula behind this character: not in `US$`, `5$` or `$$$`. */
export function mayOpenBehind(character) { return !/[A-Za-z0-9$]/.test(character) }

/** Whether `$` may close a formula before this text: not in `$HOME:$PATH` or `$5~$10`, but in `$n$th` and `$x$는`. */
export function mayCloseBefore(text) { return ORDINAL.test(text) || !JOINS.test(text[0] ?? " ") }

/** Whether what two dollars enclose is rather money and words: `5이고, 6`, `5 per month, or 50`. */
export function isPriced(content) {
  const amount = AMOUNT.exec(content)
  if (!amount) return false
  const rest = content.slice(amount[0].length).replaceAll(QUOTED, "")
  if (HANGUL.test(rest.trimStart()[0] ?? "")) return true
  return !LIKE_TEX.test(rest) && (HANGUL.test(rest) || WORDS.test(rest))
}

/** Whether `\[…\]` or `\(…\)` enclose prose, as in `\[참고\]`, rather than a formula. */
export function isProse(content) { return ONLY_WORDS.test(content) && (HANGUL.test(content) || /\p{L}{3}/u.test(content)) }
