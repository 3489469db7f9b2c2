import { StoredList } from "../../../static/js/base/stored_list.js"
import { equal, test } from "../harness.js"

test("what is there can be asked by the beginning of its key", () => {
  sessionStorage.clear()
  sessionStorage.setItem("a.1", "x")
  const list = new StoredList(() => sessionStorage)
  list.setItem("a.2", "y")
  list.setItem("b.1", "z")
  equal(list.keys("a.").sort(), ["a.1", "a.2"])
  list.removeItem("a.1")
  sessionStorage.removeItem("a.2")
  equal(list.keys("a."), [])
  sessionStorage.clear()
})

test("what finds no room in the storage is there until the page goes", () => {
  const list = new StoredList(() => ({ getItem: () => null, setItem() { throw new DOMException("full") }, removeItem() {} }))
  list.setItem("a.1", "x")
  equal([list.keys("a."), list.getItem("a.1")], [["a.1"], "x"])
  list.removeItem("a.1")
  equal(list.keys("a."), [])
})

test("what finds no room leaves nothing older behind, and that is told once", () => {
  const items = new Map([["draft", "old"]])
  const storage = {
    getItem: (key) => items.get(key) ?? null, removeItem: (key) => items.delete(key),
    setItem() { throw new DOMException("full", "QuotaExceededError") },
  }
  const list = new StoredList(() => storage)
  let told = 0
  list.on("full", () => { told += 1 })
  list.setItem("draft", "new")
  list.setItem("draft", "newer")
  equal([list.getItem("draft"), items.size, told], ["newer", 0, 1])
})

test("where nothing may be stored there is nothing, and nothing breaks", () => {
  const list = new StoredList(() => { throw new DOMException("no", "SecurityError") })
  list.setItem("a.1", "x")
  equal(list.keys("a."), [])
})
