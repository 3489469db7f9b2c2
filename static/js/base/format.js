/** @import { Translate } from "./translator.js" */

const DAY_MS = 86_400_000
/** Faster answers came from a cache. */
const MIN_SECONDS = 0.2
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 365 * DAY_MS],
  ["month", 30 * DAY_MS],
  ["week", 7 * DAY_MS],
  ["day", DAY_MS],
  ["hour", DAY_MS / 24],
  ["minute", DAY_MS / 24 / 60],
]

/** Formats numbers, durations and dates for a locale. */
export class Format {
  #integers
  #decimals
  #months
  #moments
  #times
  #days
  #daysOfYear
  #relative
  #t

  /**
   * @param {string} locale
   * @param {Translate} t
   */
  constructor(locale, t) {
    this.#t = t
    this.#integers = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
    this.#decimals = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
    this.#moments = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" })
    this.#times = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
    this.#days = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric" })
    this.#daysOfYear = new Intl.DateTimeFormat(locale, { year: "numeric", month: "short", day: "numeric" })
    this.#relative = new Intl.RelativeTimeFormat(locale)
    this.#months = new Intl.DateTimeFormat(locale, { year: "numeric", month: "long" })
  }

  /** @param {number} value */
  number(value) {
    return this.#integers.format(value)
  }

  /**
   * 312 → "312 ms", 4200 → "4.2 s", 75000 → "1 min 15 s".
   * @param {number} ms
   */
  duration(ms) {
    if (ms < 1000) return this.#t("ms", { n: this.number(ms) })
    if (ms < 9_950) return this.#t("seconds", { n: this.#decimals.format(ms / 1000) })
    const seconds = Math.round(ms / 1000)
    if (seconds < 60) return this.#t("seconds", { n: this.number(seconds) })
    return this.#t("minutes", { m: this.number(Math.floor(seconds / 60)), s: this.number(seconds % 60) })
  }

  /**
   * A running clock: tenths below one second, then whole seconds.
   * @param {number} ms
   */
  clock(ms) {
    return ms < 1000 ? this.#t("seconds", { n: this.#decimals.format(Math.max(ms, 0) / 1000) }) : this.duration(ms)
  }

  /**
   * The remaining time of a wait, in whole seconds; of more than an hour in minutes.
   * @param {number} ms
   */
  countdown(ms) {
    const seconds = Math.ceil(ms / 1000)
    if (seconds >= 3600) {
      const minutes = Math.ceil(seconds / 60)
      return this.#t("hours", { h: this.number(Math.floor(minutes / 60)), m: this.number(minutes % 60) })
    }
    return seconds < 60 ? this.#t("seconds", { n: this.number(seconds) }) : this.duration(seconds * 1000)
  }

  /**
   * Tokens per second after the first token; null if unknown or too fast to be measured.
   * @param {Wire.Usage | null} usage
   * @param {Wire.Timings | null} timings
   */
  speed(usage, timings) {
    if (!usage?.completion_tokens || !timings?.total_ms) return null
    const seconds = (timings.total_ms - (timings.first_token_ms ?? 0)) / 1000
    if (seconds < MIN_SECONDS) return null
    const perSecond = usage.completion_tokens / seconds
    return this.#t("speed", { n: perSecond < 10 ? this.#decimals.format(perSecond) : this.number(perSecond) })
  }

  /** @param {string} iso */
  moment(iso) {
    return this.#moments.format(new Date(iso))
  }

  /**
   * "just now", "3 hours ago", "2 days ago".
   * @param {string} iso
   */
  ago(iso, now = Date.now()) {
    const past = now - Date.parse(iso)
    const [unit, ms] = UNITS.find(([, length]) => past >= length) ?? []
    return unit ? this.#relative.format(-Math.floor(past / ms), unit) : this.#t("justNow")
  }

  /**
   * A date in short, more precise the more recent: "today 14:05", "yesterday", "Nov 3", "Nov 3, 2025".
   * @param {string} iso
   */
  shortDate(iso, now = new Date()) {
    const then = new Date(iso)
    const days = daysBetween(then, now)
    if (days <= 0) return this.#t("todayAt", { time: this.#times.format(then) })
    if (days === 1) return this.#t("yesterdayShort")
    return (then.getFullYear() === now.getFullYear() ? this.#days : this.#daysOfYear).format(then)
  }

  /**
   * The list heading of a date: today, yesterday, the last 7 or 30 days, a month.
   * @param {string} iso
   */
  dayGroup(iso, now = new Date()) {
    const then = new Date(iso)
    const days = daysBetween(then, now)
    if (days <= 0) return this.#t("today")
    if (days === 1) return this.#t("yesterday")
    if (days <= 7) return this.#t("last7")
    if (days <= 30) return this.#t("last30")
    return this.#months.format(then)
  }
}

/** The number of calendar days between two dates. */
function daysBetween(then, now) {
  return Math.round((midnight(now) - midnight(then)) / DAY_MS)
}

function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}
