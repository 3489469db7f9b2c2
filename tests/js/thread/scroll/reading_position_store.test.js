import { ConversationCache } from "../../../../static/js/state/conversation_cache.js"
import { ReadingPositionStore } from "../../../../static/js/thread/scroll/reading_position_store.js"
import { equal, test } from "../../harness.js"

function storage() {
  const items = new Map()
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  }
}

test("positions are stored per conversation, and removed at the end", () => {
  const kept = storage()
  const places = new ReadingPositionStore(kept)
  places.keep("c", { message: "m", depth: 7 })
  places.keep("d", { message: "n", depth: 1 })
  places.keep("d", null)
  const again = new ReadingPositionStore(kept)
  equal([again.of("c"), again.depthOf("c")], [{ message: "m", depth: 7 }, 7])
  equal([again.of("d"), again.depthOf("d")], [null, 0])
})

test("an unreadable position is none", () => {
  const kept = storage()
  kept.setItem("chatapp.place.c", "{")
  equal(new ReadingPositionStore(kept).of("c"), null)
})

test("the cache holds the conversations opened last", () => {
  const memory = new ConversationCache()
  for (let n = 0; n < 20; n += 1) memory.keep(`c${n}`, { n })
  equal(memory.take("c0"), null)
  equal(memory.take("c19"), { n: 19 })
  equal(memory.take("c19"), null)
  memory.forget("c18")
  equal(memory.take("c18"), null)
})
