import { ModelChoice } from "../../../static/js/state/model_choice.js"
import { equal, ok, test } from "../harness.js"

const storage = () => {
  const items = new Map()
  return {
    getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  }
}

/** A choice over what `answers` holds, one for each time that it is asked. */
function choice(...answers) {
  const clock = { now: 0, asked: 0, changes: 0 }
  const api = { models: async () => answers[Math.min(clock.asked++, answers.length - 1)] }
  const models = new ModelChoice({ api, storage: storage(), session: storage(), now: () => clock.now })
  models.on("changed", () => { clock.changes += 1 })
  return [models, clock]
}

const model = (provider, name) => ({ id: `${provider}/${name}`, name, provider })
const shape = (models) => models.groups.map((group) => [group.provider, group.problem, group.models.map(({ id }) => id)])

test("models stand under their providers, in the server's order", async () => {
  const [models] = choice({ models: [model("a", "1"), model("b", "1"), model("a", "2")], default: "a/1" })
  await models.load()
  equal(shape(models), [["a", null, ["a/1", "a/2"]], ["b", null, ["b/1"]]])
})

test("a provider that is down keeps its models, and stands there without any", async () => {
  const down = [{ provider: "a", problem: "refused" }, { provider: "c", problem: "time-out" }]
  const [models] = choice({ models: [model("a", "1")], default: "a/1", down })
  await models.load()
  equal(shape(models), [["a", "refused", ["a/1"]], ["c", "time-out", []]])
})

test("a conversation keeps a model that nobody lists any more", async () => {
  const [models] = choice({ models: [model("a", "1")], default: "a/1" })
  await models.load()
  models.show({ id: "x", model: "gone/model" })
  equal([models.current, models.name], ["gone/model", "gone/model"])
  equal(shape(models), [[null, null, ["gone/model"]], ["a", null, ["a/1"]]])
})

test("the list is asked for again on a wish, but not over and over", async () => {
  const [models, clock] = choice({ models: [model("a", "1")], default: "a/1" })
  await models.load()
  clock.now = 4999
  await models.refresh()
  equal(clock.asked, 1)
  clock.now = 5000
  await models.refresh()
  equal(clock.asked, 2)
})

test("only what looks different is told", async () => {
  const one = { models: [model("a", "1")], default: "a/1" }
  const [models, clock] = choice(one, one, { ...one, down: [{ provider: "a", problem: "refused" }] })
  await models.load()
  await models.load()
  models.show(null)
  equal(clock.changes, 1)
  await models.load()
  equal(clock.changes, 2)
})

test("a choice is told even where another conversation had it before", async () => {
  const [models] = choice({ models: [model("a", "1"), model("a", "2")], default: "a/1" })
  await models.load()
  const seen = []
  models.on("changed", () => seen.push(models.current))
  await models.choose("a/2")
  models.show({ id: "x", model: "a/1" })
  equal(seen, ["a/2", "a/1"])
  ok(models.choices.length === 2)
})

test("a new conversation takes what was chosen for it, then the owner's default, then the last choice", async () => {
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

test("a choice for the next new conversation is not that of one that is open", async () => {
  const [models] = choice({ models: [model("a", "1"), model("a", "2")], default: "a/1" })
  await models.load()
  models.prefer("a/1")
  await models.choose("a/2")
  models.show({ id: "x", model: null })
  equal(models.current, "a/1")
  models.show(null)
  equal(models.current, "a/2")
})

test("a name that two providers offer says whose it is, and only such a name", async () => {
  const [models] = choice({ models: [model("a", "1"), model("b", "1"), model("b", "2")], default: "a/1" })
  await models.load()
  equal(["a/1", "b/1", "b/2", "c/9"].map((id) => models.nameOf(id)), ["1 · a", "1 · b", "2", "c/9"])
})

test("an unlisted model belongs to the provider that its name begins with, up or down", async () => {
  const down = [{ provider: "b", problem: "refused" }]
  const [models] = choice({ models: [model("a", "1")], default: "a/1", down })
  await models.load()
  models.show({ id: "x", model: "b/gone" })
  equal(shape(models), [["b", "refused", ["b/gone"]], ["a", null, ["a/1"]]])
  equal([models.problemOf("b/gone"), models.problemOf("a/1")], ["refused", null])
})

test("the only provider is what an unlisted model is of, when that one is down", async () => {
  const [models] = choice({ models: [], default: "gpt", down: [{ provider: "main", problem: "refused" }] })
  await models.load()
  equal([models.current, models.problemOf("gpt")], ["gpt", "refused"])
})

test("whether a name may be typed is the server's to say", async () => {
  const [models] = choice({ models: [model("f", "f")], default: "f/f", takes_others: false })
  await models.load()
  equal(models.takesOthers, false)
})

test("many models are drawn without looking through all of them for each", async () => {
  const models = Array.from({ length: 800 }, (_, n) => model(`p${n % 4}`, `m${n}`))
  let looks = 0
  const watched = models.map((one) => Object.defineProperty({ provider: one.provider, id: one.id }, "name", {
    enumerable: true, get: () => { looks += 1; return one.name },
  }))
  const [it] = choice({ models: watched, default: "p0/m0" })
  await it.load()
  looks = 0
  for (const { id } of models) it.nameOf(id)
  it.show({ id: "x", model: "p1/m1" })
  for (const { id } of models) it.nameOf(id)
  ok(looks < 20 * models.length, `looked ${looks} times`)
})
