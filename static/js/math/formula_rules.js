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
/** No price and no shell's variable begins like this: it may stand right in a word, as in `H$_2$O` and `$10^{-3}$m`. */
const SURELY_TEX = /^(?:\\(?![-~$*_])|[_^](?!\p{L}{2})|\d[\d.,]*\s*(?:\\[A-Za-z]|\^))/u
const TWO_WORDS = /\p{L}{2}\s+\p{L}{2}/u
const CITATION = /^[\d\s,;–-]+$/

/** Whether what two dollars enclose, between these characters, is a formula: no space inside next to the marks (pandoc's rule). */
export function isFormula(content, before, after) {
  if (content === "" || /^\s|\s$|`/.test(content) || isPriced(content)) return false
  return SURELY_TEX.test(content) || (mayOpenBehind(before) && mayCloseBefore(after))
}

/** Whether what stands behind a dollar, as far as it has come, may become a formula: not `$5`, not `$HOME to your folder`. */
export function mayBecomeFormula(content, before) {
  if (content.includes("`")) return false
  if (SURELY_TEX.test(content)) return true
  return /^[^\s\d]/.test(content) && mayOpenBehind(before) && (/[\\^_{]/.test(content) || !TWO_WORDS.test(content))
}

/** Not in `US$`, `5$` or `$$$`. */
function mayOpenBehind(character) { return !/[A-Za-z0-9$]/.test(character) }

/** Not in `$HOME:$PATH` or `$5~$10`, but in `$n$th` and `$x$는`. */
function mayCloseBefore(text) { return ORDINAL.test(text) || !JOINS.test(text[0] ?? " ") }

/** Whether what two dollars enclose is rather money and words: `5이고, 6`, `5 per month, or 50`. */
function isPriced(content) {
  const amount = AMOUNT.exec(content)
  if (!amount) return false
  const rest = content.slice(amount[0].length).replaceAll(QUOTED, "")
  if (HANGUL.test(rest.trimStart()[0] ?? "")) return true
  return !LIKE_TEX.test(rest) && (HANGUL.test(rest) || WORDS.test(rest))
}

/** Whether `\[…\]` encloses prose, as in `\[참고\]` and `\[TODO\]`, rather than a formula. */
export function isBracketedProse(content) { return ONLY_WORDS.test(content) && (HANGUL.test(content) || /\p{L}{3}/u.test(content)) }

/** Whether `\(…\)` encloses prose, as in `\(예: 서울\)`; a single word is more often a triangle, `\(ABC\)`. */
export function isParenthesizedProse(content) { return ONLY_WORDS.test(content) && (HANGUL.test(content) || TWO_WORDS.test(content)) }

/** Whether `\[…\]` in a paragraph cites: `\[2, 3\]`. */
export function isCitation(content) { return CITATION.test(content) }
