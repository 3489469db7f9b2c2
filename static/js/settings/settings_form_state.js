import { Emitter } from "../base/emitter.js"
import { FIELDS, fieldOf, OTHERS, valueIn, withValue } from "./settings_fields.js"

/** @import { Format } from "../base/format.js" */
/** @import { Translate } from "../base/translator.js" */
/** @import { LengthLimit } from "../composer/length_limit.js" */
/** @import { Scope } from "./settings_scopes.js" */
/** @import { UnsavedSettings } from "./unsaved_settings.js" */

const PAUSE_MS = 800
const PROMPT = "system_prompt"

/**
 * The texts of a form: the saved values, overlaid by unsaved input. Input that cannot be saved stays, for the
 * conversation it was typed for, with its error. Emits "changed".
 * @extends {Emitter<{ changed: [] }>}
 */
export class SettingsFormState extends Emitter {
  #scope
  #length
  #t
  #format
  #setTimeout
  #store
  #saving = Promise.resolve(true)
  #pause = null

  /**
   * `scope` is what is edited.
   * @param {{ scope: Scope, typed: UnsavedSettings, length: LengthLimit, t: Translate, format: Format,
   *   setTimeout?: (act: () => void, ms: number) => any }} parts
   */
  constructor({ scope, typed, length, t, format, setTimeout = globalThis.setTimeout.bind(globalThis) }) {
    super()
    this.#scope = scope
    this.#store = typed
    this.#length = length
    this.#t = t
    this.#format = format
    this.#setTimeout = setTimeout
  }

  static names = [PROMPT, ...FIELDS.map(({ name }) => name), OTHERS.name]

  /**
   * The text of a field.
   * @param {string} name
   * @returns {string}
   */
  text(name) {
    return this.#unsaved.texts.get(name) ?? this.#saved(name)
  }

  /**
   * The error of a field, or null.
   * @param {string} name
   */
  problem(name) {
    return this.#unsaved.problems.get(name) ?? null
  }

  /**
   * Store input; with `soon` it is saved in the next pause, not only on change.
   * @param {string} name
   * @param {string} text
   */
  type(name, text, { soon = false } = {}) {
    const { texts, problems } = this.#unsaved
    texts.set(name, text)
    clearTimeout(this.#pause)
    if (soon) this.#pause = this.#setTimeout(() => this.keep(name, { stays: true }), PAUSE_MS)
    if (problems.has(name)) this.#check(name)
  }

  /**
   * Save a field; `stays`: the user is still typing there.
   * @param {string} name
   */
  keep(name, { stays = false } = {}) {
    return this.#unsaved.texts.has(name) && this.#check(name) ? this.#keepTyped([name], stays) : this.#saving
  }

  /** Save all input. Resolves to whether everything is saved. */
  async flush() {
    clearTimeout(this.#pause)
    const { texts, problems } = this.#unsaved
    const names = [...texts.keys()]
    for (const name of problems.keys()) if (!texts.has(name)) problems.delete(name) // Outdated errors.
    const right = names.filter((name) => this.#check(name))
    this.#store.keep()
    const isKept = right.length === 0 || (await this.#keepTyped(right, false))
    return isKept && right.length === names.length
  }

  /** Save what can be saved and drop the rest, as it will be replaced. */
  async settle() {
    const { texts, problems } = this.#unsaved
    await this.flush()
    texts.clear()
    problems.clear()
    this.#store.keep()
  }

  /** Run a change of a setting that is no text; its error is shown at `name`. */
  try(name, act) {
    return this.#attempt(this.#unsaved.problems, name, act)
  }

  async #attempt(problems, name, act) {
    try {
      await act()
      problems.delete(name)
      return true
    } catch (error) {
      problems.set(name, this.#t("settingNotKept", { why: error.message }))
      return false
    } finally {
      this.emit("changed")
    }
  }

  /**
   * Options are saved together with all valid input, one save after the other, so that no change reverts another. The
   * target is that of the time of the call.
   */
  #keepTyped(names, stays) {
    const { texts, problems } = this.#unsaved
    const right = [...texts].filter(([name]) => !this.#wrong(name))
    const { target } = this.#scope
    const change = this.#changeBy(right)
    const act = () => (change === null ? null : target(change))
    this.#saving = this.#saving.then(async () => {
      const isKept = await this.#attempt(problems, names[0], act)
      if (isKept && !stays) for (const [name, text] of right) if (texts.get(name) === text) texts.delete(name)
      if (!isKept || !stays) this.#store.keep()
      this.emit("changed")
      return isKept
    })
    return this.#saving
  }

  /** The unsaved input for what is shown now. */
  get #unsaved() {
    return this.#store.of(this.#scope.key)
  }

  /** The change that saves these texts; null if none is needed. */
  #changeBy(texts) {
    const { own } = this.#scope
    const wanted = { system_prompt: own.system_prompt, options: own.options }
    for (const [name, text] of texts) {
      if (name === PROMPT) wanted.system_prompt = text.trim() ? text : null
      else wanted.options = withValue(wanted.options, fieldOf(name), fieldOf(name).read(text).value)
    }
    const changed = Object.entries(wanted).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(own[key]))
    return changed.length > 0 ? Object.fromEntries(changed) : null
  }

  #saved(name) {
    const { own } = this.#scope
    return name === PROMPT ? (own.system_prompt ?? "") : fieldOf(name).write(valueIn(own.options, fieldOf(name)))
  }

  #check(name) {
    const problem = this.#wrong(name)
    const { problems } = this.#unsaved
    if (problem) problems.set(name, problem)
    else problems.delete(name)
    this.emit("changed")
    return !problem
  }

  #wrong(name) {
    const { limits } = this.#scope
    if (name === PROMPT) return this.#promptProblem(this.text(name), limits.system_prompt)
    const { problem } = fieldOf(name).within(limits).read(this.text(name))
    return problem ? this.#t(problem[0], this.#readable(problem[1])) : null
  }

  /**
   * @param {string} text
   * @param {number | undefined} most
   */
  #promptProblem(text, most) {
    if ([...text].length > most) return this.#t("settingPromptLimit", this.#readable({ most }))
    return this.#length.problem(text)
  }

  #readable(values) {
    const text = (value) => (typeof value === "number" ? this.#format.number(value) : value)
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]))
  }
}
