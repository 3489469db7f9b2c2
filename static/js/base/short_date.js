const DAY_MS = 86_400_000

/** A time in few words, the nearer the more exact: "today 14:05", "yesterday", "Nov 3", "Nov 3, 2025". */
export class ShortDate {
  #t
  #times
  #days
  #years

  constructor(locale, t) {
    this.#t = t
    this.#times = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
    this.#days = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric" })
    this.#years = new Intl.DateTimeFormat(locale, { year: "numeric", month: "short", day: "numeric" })
  }

  of(iso, now = new Date()) {
    const then = new Date(iso)
    const days = Math.round((midnight(now) - midnight(then)) / DAY_MS)
    if (days <= 0) return this.#t("todayAt", { time: this.#times.format(then) })
    if (days === 1) return this.#t("yesterdayShort")
    return (then.getFullYear() === now.getFullYear() ? this.#days : this.#years).format(then)
  }
}

function midnight(date) { return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime() }
