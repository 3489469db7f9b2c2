import { findModels, partsOf } from "../../../static/js/settings/model_search.js"
import { equal, test } from "../harness.js"

const model = (id, description = "") => ({ id, name: id.split("/").at(-1), provider: id.split("/")[0], description })
const group = (provider, ...models) => ({ provider, problem: null, models })
const nameOf = (id) => id.split("/").at(-1)
const parts = (groups, { used = [], query = "" } = {}) =>
  partsOf({ groups, nameOf, used, query }).map(({ kind, provider, items }) => [
    kind,
    provider,
    items.map(({ id }) => id),
  ])
const found = (query, ...models) => findModels(models, query).map(({ id }) => id)

const many = group("a", ...Array.from({ length: 8 }, (_, n) => model(`a/${n}`)))

test("a few models are one list, in the server's order", () => {
  const few = group("a", model("a/1"), model("a/2"))
  equal(parts([few], { used: ["a/2"] }), [["provider", null, ["a/1", "a/2"]]])
})

test("of many models those used last come first, and not again", () => {
  equal(parts([many, group("b", model("b/x"))], { used: ["b/x", "a/3", "gone"] }), [
    ["used", null, ["b/x", "a/3"]],
    ["provider", "a", ["a/0", "a/1", "a/2", "a/4", "a/5", "a/6", "a/7"]],
  ])
})

test("an unlisted model and those of a single provider are one list", () => {
  const unlisted = { provider: null, problem: null, models: [{ id: "typed", name: "typed" }] }
  equal(
    parts([unlisted, many], { used: ["typed"] }).map(([kind, , ids]) => [kind, ids.length]),
    [
      ["used", 1],
      ["provider", 8],
    ],
  )
})

test("a provider without models is told, but not found", () => {
  const away = { provider: "b", problem: "refused", models: [] }
  equal(parts([many, away]).at(-1), ["missing", "b", []])
  equal(parts([many, away], { query: "b" }), [["found", null, []]])
})

test("all words have to occur, in any case and order, whatever the punctuation", () => {
  const gpt = model("openai/gpt-4o-mini")
  for (const query of ["GPT4o", "mini gpt", "gpt-4o", "open mini", "ＧＰＴ"]) equal(found(query, gpt), [gpt.id])
  for (const query of ["gpt5", "mini large"]) equal(found(query, gpt), [])
})

test("the beginning of a name is best, then the name, the provider, the description", () => {
  const described = model("x/one", "better than llama")
  const inside = model("x/code-llama")
  const first = model("x/llama3")
  const by = model("llama/two")
  equal(found("llama", described, by, inside, first), [first.id, inside.id, by.id, described.id])
})

test("Korean words of a description are found, composed or not", () => {
  const korean = model("x/one", "문서 요약에 적합")
  equal(found("요약", korean), ["x/one"])
  equal(found("요약".normalize("NFD"), korean), ["x/one"])
})

test("equally good ones keep their order: those used last stay first", () => {
  equal(parts([many], { used: ["a/5"], query: "a" })[0][2][0], "a/5")
})
