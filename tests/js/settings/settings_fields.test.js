import { FIELDS, fieldOf, OTHERS, valueIn, withValue } from "../../../static/js/settings/settings_fields.js"
import { equal, ok, test } from "../harness.js"

const read = (name, text) => fieldOf(name).read(text)

test("numbers are read in any notation, and an empty text is not set", () => {
  equal(
    ["0.7", " 0,7 ", "０．７", ".7"].map((text) => read("temperature", text).value),
    [0.7, 0.7, 0.7, 0.7],
  )
  equal(read("frequency_penalty", "−1.5").value, -1.5)
  equal(read("temperature", "  "), { value: undefined })
})

test("an invalid number is reported with its range", () => {
  for (const text of ["2.1", "-0.1", "warm", "1e1", "0.7도", "1,000.5"]) {
    equal(read("temperature", text), { problem: ["settingNeedsNumber", { least: 0, most: 2 }] }, text)
  }
  equal(read("max_tokens", "0.5"), { problem: ["settingNeedsWhole", { least: 1, most: 10_000_000 }] })
})

test("arrows step a number within its range, without rounding errors", () => {
  const temperature = fieldOf("temperature")
  equal(temperature.stepped("0.2", 1), "0.3")
  equal(temperature.stepped("2", 1), "2")
  equal(temperature.stepped("", 1, 0.7), "0.7")
  equal(fieldOf("max_tokens").stepped("", -1), "1")
})

test("a list has one text per line, with escaped newlines", () => {
  equal(read("stop", "끝\n\n\\n\\n\n\\\\n").value, ["끝", "\n\n", "\\n"])
  equal(fieldOf("stop").write(["끝", "\n\n", "\\n"]), "끝\n\\n\\n\n\\\\n")
  equal(fieldOf("stop").write("one"), "one")
  ok(read("stop", "x\n".repeat(17)).problem)
})

test("other options are a JSON object of those without a field", () => {
  equal(OTHERS.read('{"top_k": 40}'), { value: { top_k: 40 } })
  for (const text of ["{", "[]", "null", "7"]) equal(OTHERS.read(text).problem[0], "settingNeedsObject", text)
  equal(OTHERS.read('{"topk": 1}').problem, ["settingUnknown", { name: "topk", names: OTHERS.names.join(", ") }])
  equal(OTHERS.read('{"seed": 1}').problem[0], "settingHasField")
})

test("every field changes only its own option", () => {
  const options = { temperature: 0, top_k: 5, seed: 7 }
  equal(valueIn(options, fieldOf("temperature")), 0)
  equal(valueIn(options, OTHERS), { top_k: 5 })
  equal(withValue(options, fieldOf("temperature"), undefined), { seed: 7, top_k: 5 })
  equal(withValue(options, fieldOf("max_turns"), 3), { temperature: 0, seed: 7, max_turns: 3, top_k: 5 })
  equal(withValue(options, OTHERS, {}), { temperature: 0, seed: 7 })
  equal(withValue({ seed: 7 }, fieldOf("seed"), undefined), null)
  equal(withValue(null, OTHERS, {}), null)
})

test("written values are read back unchanged", () => {
  const values = {
    temperature: 0.1,
    max_tokens: 500,
    max_turns: 2,
    reasoning_effort: "low",
    top_p: 0,
    presence_penalty: -2,
    frequency_penalty: 2,
    seed: -9007199254740991,
    stop: ["a b", "\\", "\t"],
  }
  equal(
    FIELDS.map((field) => field.read(field.write(values[field.name])).value),
    FIELDS.map(({ name }) => values[name]),
  )
})

test("within the operator's limits a field takes and offers less, never more", () => {
  const within = (name, limits) => fieldOf(name).within(limits)
  equal(within("max_tokens", { max_tokens: 500 }).read("501").problem, ["settingNeedsWhole", { least: 1, most: 500 }])
  equal(within("max_tokens", { max_tokens: 500 }).stepped("400", 1), "500")
  equal(within("temperature", { temperature: 5 }).most, 2)
  equal(within("presence_penalty", { presence_penalty: -1 }).read("0").problem[1].most, -1)
  equal(within("stop", { stop: 1 }).read("a\nb").problem, ["settingNeedsFewer", { most: 1 }])
  equal(within("reasoning_effort", { reasoning_effort: ["low"] }).choices, ["low"])
  equal(within("others", { min_p: 0.5 }).read('{"min_p": 0.6}').problem, ["settingAbove", { name: "min_p", most: 0.5 }])
  for (const field of [...FIELDS, OTHERS]) equal(field.within({}).read(""), field.read(""))
  equal(valueIn({ seed: 7, top_k: 5 }, within("others", { top_k: 9 })), { top_k: 5 })
})
