/** Tells formulas between dollars from prices, variables and prose. */
const AMOUNT = /^\d[\d.,]*[kKmMbB]?/
const LIKE_TEX = /[\\^_={}<>|+*]/
const WORDS = /\s\p{L}{2,}/u
const HANGUL = /\p{Script=Hangul}/u
/** Text within a formula: `\text{속도}`. */
const QUOTED = /\\(?:text|textbf|textrm|mathrm|mbox|operatorname)\s*\{[^{}]*\}/g
const ONLY_WORDS = /^[\p{L}\p{M}\s.,:;!?'’"“”()-]*$/u
const ORDINAL = /^(?:st|nd|rd|th|s)(?![\p{L}\p{N}])/u
const JOINS = /[A-Za-z0-9_{]/
/** Never a price or shell variable, so it may touch a word: `H$_2$O`, `$10^{-3}$m`. */
const SURELY_TEX = /^(?:\\(?![-~$*_])|[_^](?!\p{L}{2})|\d[\d.,]*\s*(?:\\[A-Za-z]|\^))/u
const TWO_WORDS = /\p{L}{2}\s+\p{L}{2}/u
const CITATION = /^[\d\s,;–-]+$/

/**
 * Whether dollars enclose a formula. No space next to them inside (pandoc's rule); `before` and `after` are the
 * characters around.
 * @param {string} content
 * @param {string} before
 * @param {string} after
 */
export function isFormula(content, before, after) {
  if (content === "" || /^\s|\s$|`/.test(content) || isPriced(content)) return false
  return SURELY_TEX.test(content) || (mayOpenBehind(before) && mayCloseBefore(after))
}

/** Whether the text after a dollar may become a formula: not `$5`, not `$HOME to your folder`. */
export function mayBecomeFormula(content, before) {
  if (content.includes("`")) return false
  if (SURELY_TEX.test(content)) return true
  return /^[^\s\d]/.test(content) && mayOpenBehind(before) && (/[\\^_{]/.test(content) || !TWO_WORDS.test(content))
}

/** Not in `US$`, `5$` or `$$$`. */
function mayOpenBehind(character) {
  return !/[A-Za-z0-9$]/.test(character)
}

/** Not in `$HOME:$PATH` or `$5~$10`, but in `$n$th` and `$x$는`. */
function mayCloseBefore(text) {
  return ORDINAL.test(text) || !JOINS.test(text[0] ?? " ")
}

/** Whether it is rather money and words: `5이고, 6`, `5 per month, or 50`. */
function isPriced(content) {
  const amount = AMOUNT.exec(content)
  if (!amount) return false
  const rest = content.slice(amount[0].length).replaceAll(QUOTED, "")
  if (HANGUL.test(rest.trimStart()[0] ?? "")) return true
  return !LIKE_TEX.test(rest) && (HANGUL.test(rest) || WORDS.test(rest))
}

/** Whether `\[…\]` encloses prose: `\[참고\]`, `\[TODO\]`. */
export function isBracketedProse(content) {
  return ONLY_WORDS.test(content) && (HANGUL.test(content) || /\p{L}{3}/u.test(content))
}

/** Whether `\(…\)` encloses prose: `\(예: 서울\)`. A single word is a formula, as in `\(ABC\)`. */
export function isParenthesizedProse(content) {
  return ONLY_WORDS.test(content) && (HANGUL.test(content) || TWO_WORDS.test(content))
}

/** Whether `\[…\]` is a citation: `\[2, 3\]`. */
export function isCitation(content) {
  return CITATION.test(content)
}
