import { ModelChoice } from "../../../static/js/state/model_choice.js"
import { equal, ok, test } from "../harness.js"

const storage = () => {
  const items = new Map()
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  }
}

/** A ModelChoice; `answers` are the responses in order. */
function choice(...answers) {
  const clock = { now: 0, requests: 0, changes: 0, refuses: [] }
  const api = {
    models: async () => answers[Math.min(clock.requests++, answers.length - 1)],
    changeConversation: async (_id, { model: wanted }) => {
      if (clock.refuses.includes(wanted)) throw new Error("refused")
    },
  }
  const models = new ModelChoice({ api, storage: storage(), session: storage(), now: () => clock.now })
  models.on("changed", () => {
    clock.changes += 1
  })
  return [models, clock]
}

const model = (provider, name) => ({ id: `${provider}/${name}`, name, provider })
const shape = (models) =>
  models.groups.map((group) => [group.provider, group.problem, group.models.map(({ id }) => id)])

test("models are grouped by provider in the server's order", async () => {
  const [models] = choice({ models: [model("a", "1"), model("b", "1"), model("a", "2")], default: "a/1" })
  await models.load()
  equal(shape(models), [
    ["a", null, ["a/1", "a/2"]],
    ["b", null, ["b/1"]],
  ])
})

test("an unreachable provider is listed, with or without models", async () => {
  const down = [
    { provider: "a", problem: "refused" },
    { provider: "c", problem: "time-out" },
  ]
  const [models] = choice({ models: [model("a", "1")], default: "a/1", down })
  await models.load()
  equal(shape(models), [
    ["a", "refused", ["a/1"]],
    ["c", "time-out", []],
  ])
})

test("a conversation keeps an unlisted model", async () => {
  const [models] = choice({ models: [model("a", "1")], default: "a/1" })
  await models.load()
  models.show({ id: "x", model: "gone/model" })
  equal([models.current, models.name], ["gone/model", "gone/model"])
  equal(shape(models), [
    [null, null, ["gone/model"]],
    ["a", null, ["a/1"]],
  ])
})

test("refreshing reloads the list unless it is fresh", async () => {
  const [models, clock] = choice({ models: [model("a", "1")], default: "a/1" })
  await models.load()
  clock.now = 4999
  await models.refresh()
  equal(clock.requests, 1)
  clock.now = 5000
  await models.refresh()
  equal(clock.requests, 2)
})

test("only visible changes are emitted", async () => {
  const one = { models: [model("a", "1")], default: "a/1" }
  const [models, clock] = choice(one, one, { ...one, down: [{ provider: "a", problem: "refused" }] })
  await models.load()
  await models.load()
  models.show(null)
  equal(clock.changes, 1)
  await models.load()
  equal(clock.changes, 2)
})

test("a choice is emitted even if another conversation had it before", async () => {
  const [models] = choice({ models: [model("a", "1"), model("a", "2")], default: "a/1" })
  await models.load()
  const seen = []
  models.on("changed", () => seen.push(models.current))
  await models.choose("a/2")
  models.show({ id: "x", model: "a/1" })
  equal(seen, ["a/2", "a/1"])
  ok(models.choices.length === 2)
})

test("a new conversation uses its choice, then the owner's default, then the last choice", async () => {
  const [models] = choice({ models: [model("a", "1"), model("a", "2"), model("a", "3")], default: "a/1" })
  await models.load()
  await models.choose("a/2")
  models.forget()
  equal(models.current, "a/2")
  models.prefer("a/3")
  equal(models.current, "a/3")
  await models.choose("a/2")
  equal(models.current, "a/2")
  models.forget()
  equal(models.current, "a/3")
})

test("the choice for a new conversation does not affect an open one", async () => {
  const [models] = choice({ models: [model("a", "1"), model("a", "2")], default: "a/1" })
  await models.load()
  models.prefer("a/1")
  await models.choose("a/2")
  models.show({ id: "x", model: null })
  equal(models.current, "a/1")
  models.show(null)
  equal(models.current, "a/2")
})

test("only names that several providers offer include the provider", async () => {
  const [models] = choice({ models: [model("a", "1"), model("b", "1"), model("b", "2")], default: "a/1" })
  await models.load()
  equal(
    ["a/1", "b/1", "b/2", "c/9"].map((id) => models.nameOf(id)),
    ["1 · a", "1 · b", "2", "c/9"],
  )
})

test("an unlisted model belongs to the provider in its prefix, reachable or not", async () => {
  const down = [{ provider: "b", problem: "refused" }]
  const [models] = choice({ models: [model("a", "1")], default: "a/1", down })
  await models.load()
  models.show({ id: "x", model: "b/gone" })
  equal(shape(models), [
    ["b", "refused", ["b/gone"]],
    ["a", null, ["a/1"]],
  ])
  equal([models.problemOf("b/gone"), models.problemOf("a/1")], ["refused", null])
})

test("an unlisted model belongs to the only provider if it is unreachable", async () => {
  const [models] = choice({ models: [], default: "gpt", down: [{ provider: "main", problem: "refused" }] })
  await models.load()
  equal([models.current, models.problemOf("gpt")], ["gpt", "refused"])
})

test("the server decides whether names can be entered", async () => {
  const [models] = choice({ models: [model("f", "f")], default: "f/f", takes_others: false })
  await models.load()
  equal(models.takesOthers, false)
})

test("drawing many models does not search all of them for each", async () => {
  const models = Array.from({ length: 800 }, (_, n) => model(`p${n % 4}`, `m${n}`))
  let looks = 0
  const watched = models.map((one) =>
    Object.defineProperty({ provider: one.provider, id: one.id }, "name", {
      enumerable: true,
      get: () => {
        looks += 1
        return one.name
      },
    }),
  )
  const [it] = choice({ models: watched, default: "p0/m0" })
  await it.load()
  looks = 0
  for (const { id } of models) it.nameOf(id)
  it.show({ id: "x", model: "p1/m1" })
  for (const { id } of models) it.nameOf(id)
  ok(looks < 20 * models.length, `looked ${looks} times`)
})

test("a file is called by its name, also where it is not listed: its folders concern nobody", async () => {
  const path = "/home/kim/models/tiny.Q4_1.gguf"
  const [models] = choice({ models: [model("a", "1"), model("b", "1")], default: "a/1" })
  equal(models.name, null, "while nothing is known:")
  await models.load()
  equal(
    [models.nameOf(path), models.nameOf(`a/${path}`), models.nameOf("a//srv/llama")],
    ["tiny.Q4_1", "tiny.Q4_1", "llama"],
  )
  equal(models.nameOf("a/unlisted"), "a/unlisted")
  models.show({ id: "x", model: `a/${path}` })
  equal(models.name, "tiny.Q4_1")
  models.show(null)
  await models.choose(path)
  equal(models.choices.at(-1), { id: path, name: "tiny.Q4_1" })
})

test("a file that is known by its path is the listed model of its name", async () => {
  const path = "/srv/models/tiny.gguf"
  const [alone] = choice({ models: [{ id: "tiny", name: "tiny", provider: "openai" }], default: "tiny" })
  await alone.load()
  alone.show({ id: "x", model: path })
  equal([alone.current, shape(alone)], ["tiny", [["openai", null, ["tiny"]]]])
  const [several] = choice({ models: [model("a", "tiny"), model("b", "tiny")], default: "a/tiny" })
  await several.load()
  equal([several.listed(`b/${path}`), several.listed(`c/${path}`), several.listed(null)], ["b/tiny", `c/${path}`, null])
})

test("a choice that the server refuses does not count for the next question", async () => {
  const [models, clock] = choice({ models: [model("a", "1"), model("a", "2"), model("a", "3")], default: "a/1" })
  await models.load()
  models.show({ id: "x", model: "a/1" })
  clock.refuses = ["a/2"]
  let error = null
  await models.choose("a/2").catch((one) => {
    error = one
  })
  equal([error?.message, models.current, models.name], ["refused", "a/1", "1"])
  const [first, second] = [models.choose("a/2"), models.choose("a/3")]
  await Promise.allSettled([first, second])
  equal(models.current, "a/3", "nor does it undo a later one:")
})
