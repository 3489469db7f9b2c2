/**
 * One option of a model as a field of a form. `read(text)` gives {value} (undefined: none) or {problem: [key, values]},
 * `write(value)` the text of a value. No text means that nothing is set.
 */
class NumberField {
  constructor(name, { least, most, whole = false, step = whole ? 1 : 0.1 }) {
    Object.assign(this, { name, kind: "number", least, most, whole, step })
  }

  read(text) {
    // A Korean keyboard may write full-width digits, and many languages a comma.
    const plain = text.normalize("NFKC").trim().replace(/[−–]/g, "-").replace(/^([-+]?\d*),(\d+)$/, "$1.$2")
    if (plain === "") return { value: undefined }
    const value = /^[-+]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : NaN
    const fits = value >= this.least && value <= this.most && (!this.whole || Number.isInteger(value))
    const range = { least: this.least, most: this.most }
    return fits ? { value } : { problem: [this.whole ? "settingNeedsWhole" : "settingNeedsNumber", range] }
  }

  write(value) { return value === undefined || value === null ? "" : String(value) }

  /** The text one step up or down; where none is set, from `from`. */
  stepped(text, direction, from = this.least) {
    const { value } = this.read(text)
    const next = value === undefined ? from : Math.round((value + direction * this.step) * 1e6) / 1e6
    return this.write(Math.min(this.most, Math.max(this.least, next)))
  }
}

/** Several texts, one a line; \n and \t within one are written as such. */
class LinesField {
  constructor(name, { most }) { Object.assign(this, { name, kind: "lines", most }) }

  read(text) {
    const lines = text.split("\n").filter((line) => line !== "")
    if (lines.length > this.most) return { problem: ["settingNeedsFewer", { most: this.most }] }
    return { value: lines.length > 0 ? lines.map(unescapeLine) : undefined }
  }

  write(value) { return [value ?? []].flat().map(escapeLine).join("\n") }
}

/** One of some words; a server may know more of them than are offered here. */
class ChoiceField {
  constructor(name, { choices }) { Object.assign(this, { name, kind: "choice", choices }) }

  read(text) { return { value: text || undefined } }
  write(value) { return value ?? "" }
}

/** All other options together, as JSON. */
class OthersField {
  name = "others"
  kind = "json"
  example = '{"top_k": 40}'

  constructor({ names }) { this.names = names }

  read(text) {
    if (text.trim() === "") return { value: {} }
    const value = parseJson(text)
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value)
    if (!isObject) return { problem: ["settingNeedsObject", { example: this.example }] }
    const unknown = Object.keys(value).find((name) => !this.names.includes(name))
    if (unknown === undefined) return { value }
    const key = FIELDS.some(({ name }) => name === unknown) ? "settingHasField" : "settingUnknown"
    return { problem: [key, { name: unknown, names: this.names.join(", ") }] }
  }

  write(value) { return Object.keys(value).length > 0 ? JSON.stringify(value, null, 2) : "" }
}

/** What a model is asked with, beside its name and the system prompt: what is changed most comes first. */
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
/** The options that have no field of their own. */
export const OTHERS = new OthersField({ names: ["top_k", "min_p", "repetition_penalty", "max_completion_tokens"] })

export const fieldOf = (name) => [...FIELDS, OTHERS].find((field) => field.name === name)

/** What a field has in a conversation's options. */
export function valueIn(options, field) {
  if (field !== OTHERS) return options?.[field.name] ?? undefined
  const known = FIELDS.map(({ name }) => name)
  return Object.fromEntries(Object.entries(options ?? {}).filter(([name]) => !known.includes(name)))
}

/** The options with a field's value in them, null where none are left. */
export function withValue(options, field, value) {
  const others = valueIn(options, OTHERS)
  const named = Object.entries(options ?? {}).filter(([name]) => !Object.hasOwn(others, name) && name !== field.name)
  const set = field === OTHERS ? [...named, ...Object.entries(value)]
    : [...named, ...(value === undefined ? [] : [[field.name, value]]), ...Object.entries(others)]
  return set.length > 0 ? Object.fromEntries(set) : null
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
