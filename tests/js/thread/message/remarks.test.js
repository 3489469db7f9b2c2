import { createTranslator } from "../../../../static/js/base/translator.js"
import { answeredBy, remarksOf } from "../../../../static/js/thread/message/remarks.js"
import { equal, test, texts } from "../../harness.js"

const named = (id) => ({ "home/large": "Large", "/srv/tiny.gguf": "tiny" })[id] ?? id

test("the model that was asked is named, without another one, if it has answered", () => {
  equal(answeredBy({ model: null }, named), null)
  equal(answeredBy({ model: "home/large" }, named), { name: "Large", asked: null })
  equal(answeredBy({ model: "home/large", answered_by: "large" }, named), { name: "Large", asked: null })
  equal(answeredBy({ model: "/srv/tiny.gguf", answered_by: "tiny.gguf" }, named), { name: "tiny", asked: null })
})

test("a model that answers in its place is named without its folders, beside the one that was asked", () => {
  const message = { model: "home/large", answered_by: "/opt/models/large-2026.gguf" }
  equal(answeredBy(message, named), { name: "large-2026", asked: "Large" })
})

test("notices are told in the page's language, with an option called as in the settings", async () => {
  const text = "The model's server doesn't accept the option {option}, so it was left out."
  const notices = [
    { text, values: { option: "seed" } },
    { text: "An unknown one, {x}.", values: { x: "y" } },
  ]
  const told = async (language) => remarksOf({ notices }, createTranslator(await texts(language), language))
  equal(await told("en"), [
    "The model's server doesn't accept the option Seed, so it was left out.",
    "An unknown one, y.",
  ])
  equal(await told("ko"), ["모델 서버가 시드 옵션을 받지 않아 빼고 보냈습니다.", "An unknown one, y."])
})

test("an answer that ended otherwise than by itself says so, unless it has an error of its own", async () => {
  const t = createTranslator(await texts("en"), "en")
  const told = (reason, status = "complete") => remarksOf({ status, finish_reason: reason }, t)
  equal(told("length"), ["The answer was cut off at the token limit. It can be continued."])
  equal(
    ["content_filter", "refusal", "tool_calls"].map((reason) => told(reason).length),
    [1, 1, 1],
  )
  equal([told("stop"), told(null), told("toString"), told("length", "failed")], [[], [], [], []])
})
