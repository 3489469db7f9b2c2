import { ParagraphCounter } from "../../static/js/paragraph_counter.js"
import { equal, seeded, test } from "./harness.js"

test("paragraphs are counted the same however the text is cut", () => {
  const text = "하나\n같은 문단\n\n둘\n\n\n\n셋\n\n"
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = seeded(seed)
    const counter = new ParagraphCounter()
    for (let at = 0; at < text.length;) {
      const size = 1 + random(5)
      counter.feed(text.slice(at, at + size))
      at += size
    }
    equal(counter.count, 3, `seed ${seed}:`)
  }
})

test("after a reset the next words begin a paragraph", () => {
  const counter = new ParagraphCounter()
  counter.feed("one")
  counter.reset()
  counter.feed(" still one")
  equal(counter.count, 1)
})
