import { Emitter } from "../../../static/js/base/emitter.js"
import { ConversationList } from "../../../static/js/state/conversation_list.js"
import { equal, settled, test } from "../harness.js"

const conversation = (number, fields = {}) => ({
  id: `c${number}`,
  title: "",
  pinned: false,
  archived: false,
  running: [],
  updated_at: `2026-01-01T00:00:00.${String(number).padStart(3, "0")}Z`,
  ...fields,
})

/** A list of what `stored` holds, newest first, with a clock controlled by the test. */
function setUp(stored) {
  const counts = { loads: 0 }
  const waiting = []
  const api = {
    conversations: async () => {
      counts.loads += 1
      return { conversations: [...stored].reverse(), next: null }
    },
  }
  const connection = new Emitter()
  const list = new ConversationList({ api, connection, setTimeout: (act) => waiting.push(act) })
  const pause = async () => {
    for (const act of waiting.splice(0)) act()
    await settled()
  }
  const emit = (name, payload) => connection.emit("fact", name, payload)
  return { list, counts, pause, emit }
}

/** A list whose server is controlled by the test: `requests` holds {archived, cursor, resolve, reject}. */
function setUpRequests() {
  const requests = []
  const api = {
    conversations: (question) =>
      new Promise((resolve, reject) => {
        requests.push({ ...question, resolve, reject })
      }),
  }
  const list = new ConversationList({ api, connection: new Emitter() })
  const failures = []
  list.on("failed", (error) => failures.push(error.message))
  return { list, requests, failures }
}

const page = (conversations, next = null) => ({ conversations, next })
const ids = (list) => list.items.map(({ id }) => id)

test("a new conversation appears at the top at once, below pinned ones", async () => {
  const { list, counts, emit } = setUp([conversation(1, { pinned: true }), conversation(2)])
  await list.load()
  emit("conversation_added", { conversation: conversation(3) })
  equal([ids(list), counts.loads], [["c1", "c3", "c2"], 1])
})

test("thousands of imported conversations are reloaded, not added one by one", async () => {
  for (const numbers of [[...Array(900).keys()], [...Array(900).keys()].reverse()]) {
    const stored = [conversation(500, { id: "before" })]
    const { list, counts, pause, emit } = setUp(stored)
    await list.load()
    let draws = 0
    list.on("changed", () => {
      draws += 1
    })
    for (const number of numbers) emit("conversation_added", { conversation: conversation(number) })
    stored.push(...numbers.map((number) => conversation(number)))
    await pause()
    equal([draws <= 2, list.items.length, counts.loads], [true, 901, 2])
  }
})

test("a restored conversation soon appears in its place", async () => {
  const stored = [conversation(3)]
  const { list, pause, emit } = setUp(stored)
  await list.load()
  stored.unshift(conversation(1))
  emit("conversation_added", { conversation: conversation(1) })
  await pause()
  equal(ids(list), ["c3", "c1"])
})

test("facts received while a page is loading are newer than the page", async () => {
  const { list, emit, pause, counts } = setUp([conversation(1), conversation(2)])
  const loading = list.load()
  emit("conversation_removed", { conversation_id: "c1" })
  emit("conversation_added", { conversation: conversation(2) })
  await loading
  await pause()
  equal([ids(list), counts.loads], [["c2"], 1])
})

test("a late failure does not affect a newer load", async () => {
  const { list, requests, failures } = setUpRequests()
  const first = list.load()
  requests[0].resolve(page([conversation(1)], "next"))
  await first
  const more = list.loadMore()
  const again = list.load()
  requests[1].reject(new Error("gone"))
  await more
  requests[2].resolve(page([conversation(2)]))
  await again
  equal([ids(list), failures], [["c2"], []])
})

test("the archive is shown once loaded; on failure the list stays", async () => {
  const { list, requests, failures } = setUpRequests()
  const first = list.load()
  requests[0].resolve(page([conversation(1)]))
  await first
  const lost = list.show({ archived: true })
  equal([requests[1].archived, list.archived, ids(list)], [true, false, ["c1"]])
  requests[1].reject(new Error("offline"))
  await lost
  equal([list.archived, ids(list), failures], [false, ["c1"], ["offline"]])
  const reconnected = list.load()
  equal(requests[2].archived, false)
  requests[2].resolve(page([conversation(1)]))
  await reconnected
  const shown = list.show({ archived: true })
  requests[3].resolve(page([conversation(7, { archived: true })]))
  await shown
  equal([list.archived, ids(list)], [true, ["c7"]])
})

test("a reconnect while the archive is loading still shows it", async () => {
  const { list, requests } = setUpRequests()
  list.show({ archived: true })
  const again = list.load()
  requests[1].resolve(page([conversation(7, { archived: true })]))
  await again
  equal([requests[1].archived, list.archived, ids(list)], [true, true, ["c7"]])
})
