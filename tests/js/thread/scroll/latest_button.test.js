import { Emitter } from "../../../../static/js/base/emitter.js"
import { LatestButton } from "../../../../static/js/thread/scroll/latest_button.js"
import { equal, test } from "../../harness.js"

/** A button above a conversation whose end is out of view; `count()` is what it shows. */
function shownButton() {
  const conversation = new Emitter()
  const root = document.createElement("div")
  const context = { t: (key) => key, format: { number: String } }
  const button = new LatestButton({ context, root, act: () => {}, home: document.body, conversation })
  button.away = true
  return { conversation, count: () => Number(root.querySelector("button").dataset.count) }
}

test("paragraphs of text that turns out to be reasoning do not count, those of the answer after it do", () => {
  const { conversation, count } = shownButton()
  conversation.emit("appended", "a", "text", "one thought\n\nanother one\n\n")
  equal(count(), 2)
  conversation.emit("moved", "a")
  equal(count(), 0)
  conversation.emit("appended", "a", "text", "Hello")
  conversation.emit("appended", "a", "reasoning", "\n\nnot counted\n\n")
  equal(count(), 1)
})
