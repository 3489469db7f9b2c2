import { SafeStorage } from "../../../static/js/base/storage.js"
import { equal, test } from "../harness.js"

test("keys can be listed by prefix", () => {
  sessionStorage.clear()
  sessionStorage.setItem("a.1", "x")
  const storage = new SafeStorage(() => sessionStorage)
  storage.setItem("a.2", "y")
  storage.setItem("b.1", "z")
  equal(storage.keys("a.").sort(), ["a.1", "a.2"])
  storage.removeItem("a.1")
  sessionStorage.removeItem("a.2")
  equal(storage.keys("a."), [])
  sessionStorage.clear()
})

test("values that do not fit into the storage are kept in memory", () => {
  const storage = new SafeStorage(() => ({
    getItem: () => null,
    setItem() {
      throw new DOMException("full")
    },
    removeItem() {},
  }))
  storage.setItem("a.1", "x")
  equal([storage.keys("a."), storage.getItem("a.1")], [["a.1"], "x"])
  storage.removeItem("a.1")
  equal(storage.keys("a."), [])
})

test("a value that does not fit removes the stored one, and full is emitted once", () => {
  const items = new Map([["draft", "old"]])
  const full = {
    getItem: (key) => items.get(key) ?? null,
    removeItem: (key) => items.delete(key),
    setItem() {
      throw new DOMException("full", "QuotaExceededError")
    },
  }
  const storage = new SafeStorage(() => full)
  let emits = 0
  storage.on("full", () => {
    emits += 1
  })
  storage.setItem("draft", "new")
  storage.setItem("draft", "newer")
  equal([storage.getItem("draft"), items.size, emits], ["newer", 0, 1])
})

test("where storage is forbidden values are kept in memory", () => {
  const refuse = () => {
    throw new DOMException("no", "SecurityError")
  }
  for (const open of [refuse, () => null]) {
    const storage = new SafeStorage(open)
    equal([storage.keys("a."), storage.getItem("a.1")], [[], null])
    storage.setItem("a.1", "x")
    equal([storage.keys("a."), storage.getItem("a.1")], [["a.1"], "x"])
    storage.removeItem("a.1")
    equal(storage.getItem("a.1"), null)
  }
})
