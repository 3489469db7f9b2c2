/** @import { ModelGroup } from "../state/model_choice.js" */

/**
 * A model as the list shows it. `problem` is not null if its provider cannot be reached.
 * @typedef {{ id: string, name: string, provider: string | null, description: string, problem: string | null }} ModelItem
 */
/**
 * A part of the list. `kind`: those used last, those of a provider, a provider without any as it cannot be reached, or
 * those found. `provider`: null if there is a single one, which needs no heading.
 * @typedef {{ kind: "used" | "provider" | "missing" | "found", provider: string | null, problem: string | null,
 *   items: ModelItem[] }} ModelPart
 */

/** From so many models on, those used last are listed first. */
export const MANY = 8

/**
 * What the list shows for a query: what was found, or all, by provider, those used last first.
 * @param {{ groups: ModelGroup[], nameOf: (id: string) => string, used: string[], query: string }} models
 * @returns {ModelPart[]}
 */
export function partsOf({ groups, nameOf, used, query }) {
  const parts = groups.map((group) => partOf(group, nameOf))
  const items = parts.flatMap((part) => part.items)
  const known = new Map(items.map((item) => [item.id, item]))
  const recent = items.length < MANY ? [] : used.map((id) => known.get(id)).filter(Boolean)
  const others = items.filter((item) => !recent.includes(item))
  if (query) return [{ kind: "found", provider: null, problem: null, items: findModels([...recent, ...others], query) }]
  const several = parts.filter(({ provider }) => provider !== null).length > 1
  /** @type {ModelPart[]} */
  const whole = several ? parts : [{ kind: "provider", provider: null, problem: null, items }]
  const ofOthers = whole.map((part) => ({ ...part, items: part.items.filter((item) => !recent.includes(item)) }))
  /** @type {ModelPart[]} */
  const last = [{ kind: "used", provider: null, problem: null, items: recent }]
  return [...last, ...ofOthers].filter(({ kind, items }) => kind === "missing" || items.length > 0)
}

/**
 * @param {ModelGroup} group
 * @param {(id: string) => string} nameOf
 * @returns {ModelPart}
 */
function partOf({ provider, problem, models }, nameOf) {
  const items = models.map(({ id, description = "" }) => ({ id, name: nameOf(id), provider, description, problem }))
  return { kind: items.length > 0 ? "provider" : "missing", provider, problem, items }
}

/**
 * The models that have all words of a query, the best ones first: in the name, then in the id, then in the description.
 * Punctuation makes no difference: gpt4o finds GPT-4o.
 * @param {ModelItem[]} items
 * @param {string} query
 * @returns {ModelItem[]}
 */
export function findModels(items, query) {
  const words = query.split(/\s+/).map(fold).filter(Boolean)
  return items
    .map((item) => ({ item, rank: rankOf(item, words) }))
    .filter(({ rank }) => rank < NONE)
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item)
}

const NONE = 9

/** The worst of the words' ranks. */
function rankOf({ id, name, provider, description }, words) {
  const places = [name, id, provider ?? "", description].map(fold)
  const rank = (word) => {
    if (places[0].startsWith(word)) return 0
    const place = places.findIndex((one) => one.includes(word))
    return place < 0 ? NONE : place + 1
  }
  return Math.max(0, ...words.map(rank))
}

/** @param {string} text */
function fold(text) {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\-_.:/·()]+/g, "")
}
