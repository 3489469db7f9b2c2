import { Emitter } from "../../../static/js/base/emitter.js"
import { Search } from "../../../static/js/state/search.js"
import { equal, ok, settled, test } from "../harness.js"

/** A server and a clock controlled by the test. */
function setUp() {
  const questions = []
  const api = {
    search: (question) =>
      new Promise((resolve, reject) => {
        questions.push({ ...question, resolve, reject })
      }),
  }
  const waiting = new Map()
  const timers = {
    setTimeout: (act, ms) => {
      waiting.set(waiting.size + 1, { act, ms })
      return waiting.size
    },
    clearTimeout: (id) => waiting.delete(id),
  }
  const pause = () => {
    const due = [...waiting.values()]
    waiting.clear()
    for (const { act } of due) act()
  }
  const connection = new Emitter()
  return { search: new Search({ api, connection, timers }), questions, waiting, pause, connection }
}

const hit = { message_id: "m", parts: [{ text: "x", match: true }] }
const found = (...ids) => ({ conversations: ids.map((id) => ({ id, title: id, hit })), next: null })
const ids = (search) => search.items.map(({ id }) => id)

test("fast typing leads to one search after a pause", () => {
  const { search, questions, waiting, pause } = setUp()
  for (const text of ["ㅅ", "스", "스트", " 스트림  서버 "]) search.type(text)
  equal(
    [...waiting.values()].map(({ ms }) => ms),
    [150],
  )
  pause()
  equal(
    questions.map(({ q }) => q),
    ["스트림 서버"],
  )
})

test("blanks or the same query do not search", () => {
  const { search, waiting, pause, questions } = setUp()
  search.type("  ")
  equal([search.active, waiting.size], [false, 0])
  search.type("one")
  pause()
  search.type("one ")
  equal([questions.length, waiting.size], [1, 0])
})

test("outdated results are dropped", async () => {
  const { search, questions, pause } = setUp()
  search.type("old")
  pause()
  search.type("new")
  questions[0].resolve(found("old"))
  await settled()
  equal([ids(search), search.state], [[], "searching"])
  pause()
  questions[1].resolve(found("new"))
  await settled()
  equal([ids(search), search.state], [["new"], "found"])
})

test("earlier results stay while the next are loading", async () => {
  const { search, questions, pause } = setUp()
  search.type("o")
  pause()
  questions[0].resolve(found("one"))
  await settled()
  search.type("on")
  equal([ids(search), search.state], [["one"], "searching"])
})

test("results after clearing the search are dropped", async () => {
  const { search, questions, pause } = setUp()
  search.type("o")
  pause()
  search.type("")
  questions[0].resolve(found("one"))
  await settled()
  equal([ids(search), search.active, search.state], [[], false, "idle"])
})

test("further pages are added without duplicates, after the first one", async () => {
  const { search, questions, pause } = setUp()
  search.type("o")
  pause()
  search.loadMore()
  questions[0].resolve({ ...found("a", "b"), next: "cursor" })
  await settled()
  ok(search.more)
  search.loadMore()
  search.loadMore()
  equal(
    questions.map(({ cursor }) => cursor),
    [null, "cursor"],
  )
  questions[1].resolve(found("b", "c"))
  await settled()
  equal([ids(search), search.more], [["a", "b", "c"], false])
})

test("a failed search is reported, and retried on Enter or reconnect", async () => {
  const { search, questions, pause, connection } = setUp()
  search.type("o")
  pause()
  questions[0].reject(new Error("away"))
  await settled()
  equal(search.state, "failed")
  search.searchNow()
  questions[1].reject(new Error("still away"))
  await settled()
  connection.emit("connected")
  questions[2].resolve(found("one"))
  await settled()
  equal([ids(search), search.state], [["one"], "found"])
})

test("a failed page keeps the results and can be retried", async () => {
  const { search, questions, pause } = setUp()
  search.type("o")
  pause()
  questions[0].resolve({ ...found("a"), next: "cursor" })
  await settled()
  search.loadMore()
  questions[1].reject(new Error("away"))
  await settled()
  equal([ids(search), search.state, search.more], [["a"], "found", true])
})

test("Enter searches without the pause", () => {
  const { search, questions, pause } = setUp()
  search.type("o")
  search.searchNow()
  search.searchNow()
  pause()
  equal(questions.length, 1)
})

test("results follow renames and deletions", async () => {
  const { search, questions, pause, connection } = setUp()
  search.type("o")
  pause()
  questions[0].resolve(found("a", "b"))
  await settled()
  connection.emit("fact", "conversation_changed", { conversation: { id: "a", title: "new" } })
  connection.emit("fact", "conversation_removed", { conversation_id: "b" })
  connection.emit("fact", "token", { id: "g", seq: 1, text: "x" })
  equal(search.items, [{ id: "a", title: "new", hit }])
})
