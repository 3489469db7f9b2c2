/**
 * What a text means: a value (undefined: not set), or what is wrong, as the key and values of a text.
 * @typedef {{ value?: any, problem?: [string, Record<string, any>] }} Reading
 */

/** A model option as a form field: `read` parses its text, `write` returns that of a value. */
class NumberField {
  kind = /** @type {const} */ ("number")

  /**
   * @param {string} name
   * @param {{ least: number, most: number, whole?: boolean, step?: number }} range
   */
  constructor(name, { least, most, whole = false, step = whole ? 1 : 0.1 }) {
    this.name = name
    this.least = least
    this.most = most
    this.whole = whole
    this.step = step
  }

  /**
   * @param {string} text
   * @returns {Reading}
   */
  read(text) {
    // Full-width digits and decimal commas.
    const plain = text
      .normalize("NFKC")
      .trim()
      .replace(/[−–]/g, "-")
      .replace(/^([-+]?\d*),(\d+)$/, "$1.$2")
    if (plain === "") return { value: undefined }
    const value = /^[-+]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : NaN
    const fits = value >= this.least && value <= this.most && (!this.whole || Number.isInteger(value))
    const range = { least: this.least, most: this.most }
    return fits ? { value } : { problem: [this.whole ? "settingNeedsWhole" : "settingNeedsNumber", range] }
  }

  write(value) {
    return value === undefined || value === null ? "" : String(value)
  }

  /**
   * The field within the operator's limits.
   * @param {Wire.Limits} limits
   */
  within(limits) {
    const most = lower(this.most, limits[this.name])
    return most === this.most ? this : new NumberField(this.name, { ...this, most })
  }

  /**
   * The text one step up or down; `from` if nothing is set.
   * @param {string} text
   * @param {number} direction
   */
  stepped(text, direction, from = this.least) {
    const { value } = this.read(text)
    const next = value === undefined ? from : Math.round((value + direction * this.step) * 1e6) / 1e6
    return this.write(Math.min(this.most, Math.max(this.least, next)))
  }
}

/** A list of texts, one per line, with \n and \t escaped. */
class LinesField {
  kind = /** @type {const} */ ("lines")

  /**
   * @param {string} name
   * @param {{ most: number }} limit
   */
  constructor(name, { most }) {
    this.name = name
    this.most = most
  }

  /**
   * @param {string} text
   * @returns {Reading}
   */
  read(text) {
    const lines = text.split("\n").filter((line) => line !== "")
    if (lines.length > this.most) return { problem: ["settingNeedsFewer", { most: this.most }] }
    return { value: lines.length > 0 ? lines.map(unescapeLine) : undefined }
  }

  write(value) {
    return [value ?? []].flat().map(escapeLine).join("\n")
  }

  /** @param {Wire.Limits} limits */
  within(limits) {
    const most = lower(this.most, limits[this.name])
    return most === this.most ? this : new LinesField(this.name, { most })
  }
}

/** One of several values; a server may accept others, too. */
class ChoiceField {
  kind = /** @type {const} */ ("choice")

  /**
   * @param {string} name
   * @param {{ choices: string[] }} values
   */
  constructor(name, { choices }) {
    this.name = name
    this.choices = choices
  }

  /**
   * @param {string} text
   * @returns {Reading}
   */
  read(text) {
    return { value: text || undefined }
  }
  write(value) {
    return value ?? ""
  }

  /** @param {Wire.Limits} limits */
  within({ reasoning_effort: choices }) {
    return choices ? new ChoiceField(this.name, { choices }) : this
  }
}

/** All other options, as JSON. */
class OthersField {
  name = "others"
  kind = /** @type {const} */ ("json")
  example = '{"top_k": 40}'

  /** @param {{ names: string[], limits?: Wire.Limits }} options */
  constructor({ names, limits = {} }) {
    this.names = names
    this.limits = limits
  }

  /**
   * @param {string} text
   * @returns {Reading}
   */
  read(text) {
    if (text.trim() === "") return { value: {} }
    const value = parseJson(text)
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value)
    if (!isObject) return { problem: ["settingNeedsObject", { example: this.example }] }
    const unknown = Object.keys(value).find((name) => !this.names.includes(name))
    const above = Object.keys(value).find((name) => value[name] > this.limits[name])
    if (above !== undefined) return { problem: ["settingAbove", { name: above, most: this.limits[above] }] }
    if (unknown === undefined) return { value }
    const key = FIELDS.some(({ name }) => name === unknown) ? "settingHasField" : "settingUnknown"
    return { problem: [key, { name: unknown, names: this.names.join(", ") }] }
  }

  write(value) {
    return Object.keys(value).length > 0 ? JSON.stringify(value, null, 2) : ""
  }

  /** @param {Wire.Limits} limits */
  within(limits) {
    return new OthersField({ names: this.names, limits })
  }
}

/** @typedef {NumberField | LinesField | ChoiceField | OthersField} Field */

/** The options with a field of their own, most used first. */
export const FIELDS = [
  new NumberField("temperature", { least: 0, most: 2 }),
  new NumberField("max_tokens", { least: 1, most: 10_000_000, whole: true, step: 256 }),
  new NumberField("max_turns", { least: 1, most: 100_000, whole: true }),
  new ChoiceField("reasoning_effort", { choices: ["none", "minimal", "low", "medium", "high", "xhigh"] }),
  new NumberField("top_p", { least: 0, most: 1, step: 0.05 }),
  new NumberField("presence_penalty", { least: -2, most: 2 }),
  new NumberField("frequency_penalty", { least: -2, most: 2 }),
  new NumberField("seed", { least: Number.MIN_SAFE_INTEGER, most: Number.MAX_SAFE_INTEGER, whole: true }),
  new LinesField("stop", { most: 16 }),
]
/** The options without one. */
export const OTHERS = new OthersField({ names: ["top_k", "min_p", "repetition_penalty", "max_completion_tokens"] })

/** @type {(name: string) => Field} */
export const fieldOf = (name) => [...FIELDS, OTHERS].find((field) => field.name === name)

/**
 * The value of a field in a conversation's options.
 * @param {Wire.Options | null} options
 * @param {Field} field
 */
export function valueIn(options, field) {
  if (field.name !== OTHERS.name) return options?.[field.name] ?? undefined
  const known = FIELDS.map(({ name }) => name)
  return Object.fromEntries(Object.entries(options ?? {}).filter(([name]) => !known.includes(name)))
}

/**
 * The options with a field's value set, null if none remain.
 * @param {Wire.Options | null} options
 * @param {Field} field
 * @param {any} value
 */
export function withValue(options, field, value) {
  const others = valueIn(options, OTHERS)
  const named = Object.entries(options ?? {}).filter(([name]) => !Object.hasOwn(others, name) && name !== field.name)
  const set =
    field.name === OTHERS.name
      ? [...named, ...Object.entries(value)]
      : [...named, ...(value === undefined ? [] : [[field.name, value]]), ...Object.entries(others)]
  return set.length > 0 ? Object.fromEntries(set) : null
}

/**
 * @param {number} most
 * @param {number | string[] | undefined} limit
 */
function lower(most, limit) {
  return typeof limit === "number" ? Math.min(most, limit) : most
}

function parseJson(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const escapeLine = (text) => text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/\t/g, "\\t")
const unescapeLine = (text) => text.replace(/\\([\\nt])/g, (_, letter) => ({ "\\": "\\", n: "\n", t: "\t" })[letter])
