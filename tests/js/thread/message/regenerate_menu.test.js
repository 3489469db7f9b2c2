import { RegenerateMenu } from "../../../../static/js/thread/message/regenerate_menu.js"
import { equal, test } from "../../harness.js"

const t = (key) => key

/** The menu's entries for these groups and an answer by `model`, and the result of a choice. */
function shown(groups, model) {
  let entries = []
  const chosen = []
  const menu = {
    open: (_opener, [{ entries: given }]) => {
      entries = given
    },
  }
  const list = {
    open: (_opener, { selected, choose, label }) => {
      listed = { selected, label }
      choose("from the list")
    },
  }
  let listed = null
  const choices = groups.flatMap((group) => group.models)
  const models = { groups, choices, refresh: () => Promise.resolve(), nameOf: (id) => id, listed: (id) => id }
  new RegenerateMenu({ menu, list, models, t }).open(null, { model }, (id) => chosen.push(id))
  const plain = (entry) =>
    entry.entries ? [entry.heading, entry.entries.map(plain)] : `${entry.label}${entry.checked ? " ✓" : ""}`
  return { lines: entries.map(plain), entries, chosen, listed }
}

const group = (provider, ids, problem = null) => ({
  provider,
  problem,
  models: ids.map((id) => ({ id, name: id.toUpperCase() })),
})

test("a single provider has no heading, and the answering model is checked", () => {
  equal(shown([group("here", ["a", "b"])], "b").lines, ["A", "B ✓"])
})

test("several providers have headings, and unreachable models are marked but available", () => {
  const groups = [group("here", ["a"]), group("there", ["b"], "refused"), group("silent", [], "refused")]
  equal(shown(groups, "a").lines, [
    ["here", ["A ✓"]],
    ["there", ["B · notReachable"]],
  ])
})

test("many models are a list that can be searched", () => {
  const { lines, chosen, listed } = shown([group("here", [..."abcdefgh"])], "b")
  equal(lines, [])
  equal(listed, { selected: "b", label: "regenerateWith" })
  equal(chosen, ["from the list"])
})

test("an unlisted model that answered can be used again", () => {
  equal(shown([group("here", ["a"])], "gone").lines, ["gone ✓", "A"])
})

test("an answer without a model checks nothing", () => {
  equal(shown([group("here", ["a"])], null).lines, ["A"])
})

test("the callback gets the model's id", () => {
  const { entries, chosen } = shown([group("here", ["a", "b"])], "a")
  entries[1].act()
  equal(chosen, ["b"])
})
