import { FIELDS, OTHERS, valueIn } from "./settings_fields.js"

/** The options whose values are told. */
const SENTENCES = { temperature: "settingTemperatureOf", max_turns: "settingTurnsOf" }

/**
 * How settings differ from the defaults, as [key, values] of texts.
 * @param {Wire.Settings} settings
 * @param {Wire.Settings} defaults
 */
export function describeDifferences({ system_prompt: prompt, options }, defaults) {
  /** @type {[string, Record<string, any>][]} */
  const found = []
  if ((prompt ?? "") !== (defaults.system_prompt ?? ""))
    found.push([prompt ? "settingPromptOn" : "settingPromptOff", {}])
  const names = new Set([...Object.keys(options ?? {}), ...Object.keys(defaults.options ?? {})])
  const changed = [...names].filter(
    (name) => JSON.stringify(options?.[name]) !== JSON.stringify(defaults.options?.[name]),
  )
  const told = changed.filter((name) => SENTENCES[name] && options?.[name] !== undefined)
  for (const name of told) found.push([SENTENCES[name], { value: options[name] }])
  const n = changed.length - told.length
  if (n > 0) found.push(["settingOthersChanged", { n }])
  return found
}

/**
 * The set options as [name, text].
 * @param {Wire.Options | null} options
 */
export function summarizeOptions(options) {
  /** @type {[string, string][]} */
  const named = FIELDS.map((field) => [field.name, field.write(valueIn(options, field)).replaceAll("\n", ", ")])
  /** @type {[string, string][]} */
  const others = Object.entries(valueIn(options, OTHERS)).map(([name, value]) => [name, String(value)])
  return [...named.filter(([, text]) => text !== ""), ...others]
}
