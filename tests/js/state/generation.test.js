import { Generation } from "../../../static/js/state/generation.js"
import { equal, test } from "../harness.js"

const MARK = "text_was_reasoning"

/** A generation that has got these [kind, text], each a second after the one before. */
function generated(...entries) {
  const generation = new Generation({ id: "g", messageId: "m", startedAt: 0, now: 0 })
  for (const [at, [kind, text = ""]] of entries.entries()) {
    generation.accept({ seq: at + 1, kind, text }, (at + 1) * 1000)
  }
  return generation
}

const shapeOf = ({ stage, text, reasoning }) => [stage, text, reasoning]

test("text that was reasoning moves behind the reasoning before it, and the text begins anew", () => {
  equal(shapeOf(generated(["text", "Hm, "], ["text", "well"], [MARK])), ["writing", "", "Hm, well"])
  equal(shapeOf(generated(["text", "Hm"], [MARK], ["text", "Hello"])), ["writing", "Hello", "Hm"])
  equal(shapeOf(generated(["reasoning", "a"], ["text", "b"], ["reasoning", "c"], [MARK], ["text", "d"])), [
    "writing",
    "d",
    "acb",
  ])
  equal(shapeOf(generated([MARK], ["text", "Hello"])), ["writing", "Hello", ""])
})

test("a model that goes on thinking after that is shown as thinking, until it writes", () => {
  equal(shapeOf(generated(["text", "a"], [MARK], ["reasoning", "b"])), ["thinking", "", "ab"])
  equal(shapeOf(generated(["text", "a"], [MARK], ["reasoning", "b"], ["text", "c"])), ["writing", "c", "ab"])
})

test("the thinking began with the text that was reasoning, and the text begins after it", () => {
  const timesOf = ({ reasoningAt, textAt }) => [reasoningAt, textAt]
  equal(timesOf(generated(["text", "a"], [MARK])), [1000, 2000])
  equal(timesOf(generated(["text", "a"], [MARK], ["text", "b"])), [1000, 2000])
  equal(timesOf(generated(["text", "a"], [MARK], ["reasoning", "b"], ["text", "c"])), [1000, 4000])
  equal(timesOf(generated([MARK], ["text", "a"])), [null, 1000])
})

test("a growing text of before the move stays as it was, and that of after it begins with the stored text", () => {
  const generation = generated(["text", "Hm"])
  const before = generation.textAfter("Stored. ")
  generation.accept({ seq: 2, kind: MARK, text: "" }, 2000)
  generation.accept({ seq: 3, kind: "text", text: "Hello" }, 3000)
  equal([String(before), String(generation.textAfter("Stored. "))], ["Stored. Hm", "Stored. Hello"])
  equal(String(generation.reasoningAfter("")), "Hm")
})

test("entries of an unknown kind change nothing that is shown", () => {
  equal(shapeOf(generated(["text", "a"], ["picture", "?"], ["text", "b"])), ["writing", "ab", ""])
})
