import { CommandError } from "../../../static/js/net/connection.js"
import { Outbox } from "../../../static/js/state/outbox.js"
import { OutboxStore } from "../../../static/js/state/outbox_store.js"
import { FakeBrowser, FakeLocks } from "../fake_browser.js"
import { equal, ok, settled, test } from "../harness.js"

/** A browser whose tabs send to a server controlled by the test. */
function browser() {
  const shared = new FakeBrowser()
  const locks = new FakeLocks()
  const open = new Set()
  const sent = []
  const later = []
  let serial = 0
  const tab = (id, { online = true } = {}) => {
    const place = shared.tab()
    const line = { online }
    open.add(id)
    const send = (command, payload) =>
      new Promise((resolve, reject) => {
        if (!line.online) return reject({ code: "disconnected" })
        sent.push({ tab: id, command, payload, resolve, reject })
      })
    const outbox = new Outbox({
      send,
      store: new OutboxStore({ storage: place.storage, window: place.window }),
      channel: place.channel("outbox"),
      tabs: { id, openIds: async () => open, runExclusively: (...job) => locks.alone(...job) },
      newId: () => `id-${++serial}`,
      now: () => 1000,
      later: (act, ms) => later.push([act, ms]),
    })
    const acks = []
    outbox.on("sent", (entry, ack) => acks.push([entry.payload.content, ack.ok]))
    const failures = []
    outbox.on("failed", (entry) =>
      failures.push([entry.payload.content, outbox.isOwn(entry), outbox.conversationOf(entry)]),
    )
    const close = () => {
      open.delete(id)
      place.close()
    }
    return { outbox, line, acks, failures, close }
  }
  return { tab, sent, shared, later }
}

const message = (conversationId, content, more = {}) => ({
  conversationId,
  command: "send_message",
  payload: { conversation_id: conversationId, content, ...more },
})
const ack = (n, id = "c") => ({
  ok: true,
  conversation: { id },
  assistant_message_id: `answer-${n}`,
  generation_id: `generation-${n}`,
})
const contents = (outbox, id) => outbox.list(id).map(({ payload }) => payload.content)

test("a message is shown as sending until its ack, and sent once", async () => {
  const { tab, sent, shared } = browser()
  const { outbox, acks } = tab("a")
  outbox.add(message("c", "hello"))
  await settled()
  equal([outbox.list("c")[0].state, contents(outbox, "other"), outbox.empty], ["sending", [], false])
  equal(sent[0].payload, { conversation_id: "c", content: "hello", client_message_id: "id-1" })
  sent[0].resolve(ack(1))
  await settled()
  equal([acks, outbox.empty, sent.length, shared.keys], [[["hello", true]], true, 1, []])
})

test("unacknowledged messages survive a reload with their client_message_id", async () => {
  const { tab, sent } = browser()
  const before = tab("a", { online: false })
  before.outbox.add(message(null, "안녕"))
  await settled()
  before.close()
  const { outbox } = tab("a")
  equal(contents(outbox, null), ["안녕"])
  equal(sent.length, 0, "before the page is connected:")
  outbox.connected()
  await settled()
  equal(
    sent.map(({ payload }) => payload),
    [{ conversation_id: null, content: "안녕", client_message_id: "id-1" }],
  )
})

test("after a lost connection the same message is sent again", async () => {
  const { tab, sent } = browser()
  const { outbox, line } = tab("a")
  outbox.add(message("c", "x"))
  await settled()
  line.online = false
  sent[0].reject({ code: "disconnected" })
  await settled()
  equal(outbox.list("c")[0].state, "sending")
  line.online = true
  outbox.connected()
  await settled()
  equal(sent[1].payload, sent[0].payload)
})

test("a refused message is kept with its error and only retried by the user", async () => {
  const { tab, sent } = browser()
  const { outbox } = tab("a")
  outbox.add(message("c", "x"))
  await settled()
  sent[0].reject({ code: "busy", message: "Too many.", retryAfter: 3 })
  await settled()
  equal(outbox.list("c")[0].error, { code: "busy", message: "Too many.", retry_after: 3 })
  outbox.connected()
  await settled()
  equal([sent.length, outbox.list("c")[0].state], [1, "failed"])
  outbox.retry(outbox.list("c")[0])
  await settled()
  equal(sent[1].payload, sent[0].payload)
  outbox.discard(outbox.list("c")[0])
  sent[1].resolve(ack(1))
  await settled()
  equal(outbox.empty, true)
})

test("a restarting server is retried, and the queue goes on", async () => {
  const { tab, sent, later } = browser()
  const { outbox } = tab("a")
  for (const text of ["one", "two"]) outbox.add(message("c", text))
  await settled()
  sent[0].reject({ code: "unavailable", message: "Restarting.", retryAfter: 2 })
  await settled()
  equal([sent.length, outbox.list("c")[0].state, later[0][1]], [1, "sending", 2000])
  later[0][0]()
  await settled()
  equal(sent[1].payload, sent[0].payload)
  sent[1].resolve(ack(1))
  await settled()
  equal(sent[2].payload.content, "two")
})

test("a server that is unavailable without saying for how long is retried after a second", async () => {
  const { tab, sent, later } = browser()
  const { outbox } = tab("a")
  outbox.add(message("c", "one"))
  await settled()
  sent[0].reject(new CommandError({ code: "unavailable", message: "Restarting." }))
  await settled()
  equal([sent.length, later.map(([, ms]) => ms)], [1, [1000]])
})

test("several messages go out in order, each after and below the previous answer", async () => {
  const { tab, sent } = browser()
  const { outbox, line } = tab("a", { online: false })
  for (const text of ["one", "two", "three"]) outbox.add(message(null, text))
  await settled()
  line.online = true
  outbox.connected()
  await settled()
  equal(
    sent.map(({ payload }) => payload.content),
    ["one"],
  )
  sent[0].resolve(ack(1))
  await settled()
  equal([contents(outbox, null), contents(outbox, "c")], [[], ["two", "three"]])
  equal(sent[1].payload, { conversation_id: "c", content: "two", client_message_id: "id-2", parent_id: "answer-1" })
  sent[1].reject({ code: "conflict" })
  await settled()
  equal([sent.length, outbox.list("c")[0].state], [2, "sending"], "it waits for its turn:")
  outbox.releaseWaiting("c", ["generation-1"])
  await settled()
  equal(sent.length, 2)
  outbox.releaseWaiting("c", [])
  await settled()
  equal(sent[2].payload, sent[1].payload)
  sent[2].resolve(ack(2))
  await settled()
  equal(sent[3].payload, { conversation_id: "c", content: "three", client_message_id: "id-3", parent_id: "answer-2" })
})

test("an answer that ends while the next message is refused is not waited for again", async () => {
  const { tab, sent } = browser()
  const { outbox, line } = tab("a", { online: false })
  for (const text of ["one", "two"]) outbox.add(message("c", text))
  line.online = true
  outbox.connected()
  await settled()
  sent[0].resolve(ack(1))
  await settled()
  outbox.releaseWaiting("c", [])
  sent[1].reject({ code: "conflict" })
  await settled()
  equal(
    sent.map(({ payload }) => payload.content),
    ["one", "two", "two"],
  )
})

test("a missed end of an answer is found out on reconnect", async () => {
  const { tab, sent } = browser()
  const { outbox, line } = tab("a", { online: false })
  for (const text of ["one", "two"]) outbox.add(message("c", text))
  line.online = true
  outbox.connected()
  await settled()
  sent[0].resolve(ack(1))
  await settled()
  sent[1].reject({ code: "conflict" })
  await settled()
  outbox.connected()
  await settled()
  equal(sent.length, 3)
})

test("a discarded message passes its parent to the next one", async () => {
  const { tab, sent } = browser()
  const { outbox, line } = tab("a", { online: false })
  outbox.add(message("c", "one", { parent_id: "p" }))
  outbox.add(message(null, "begin", { system_prompt: "Be brief.", model: "m" }))
  outbox.add(message("c", "two"))
  outbox.add(message(null, "begin anew", { model: "other" }))
  outbox.discard(outbox.list("c")[0])
  outbox.discard(outbox.list(null)[0])
  line.online = true
  outbox.connected()
  await settled()
  equal(
    sent.map(({ payload }) => payload),
    [
      { conversation_id: "c", content: "two", parent_id: "p", client_message_id: "id-3" },
      {
        conversation_id: null,
        content: "begin anew",
        system_prompt: "Be brief.",
        model: "other",
        client_message_id: "id-4",
      },
    ],
  )
})

test("all tabs show waiting messages, and one of them delivers them", async () => {
  const { tab, sent, shared } = browser()
  const [a, b] = [tab("a"), tab("b")]
  a.outbox.add(message("c", "hello"))
  await settled()
  equal([contents(b.outbox, "c"), sent.length], [["hello"], 1])
  sent[0].resolve(ack(1))
  await settled()
  equal([a.acks, b.acks], [[["hello", true]], [["hello", true]]])
  equal([sent.length, b.outbox.empty, shared.keys], [1, true, []])
})

test("a new conversation's message is shown by its own tab only", async () => {
  const { tab } = browser()
  const [a, b] = [tab("a", { online: false }), tab("b", { online: false })]
  a.outbox.add(message(null, "hello"))
  await b.outbox.adoptOrphans()
  equal([contents(a.outbox, null), contents(b.outbox, null)], [["hello"], []])
})

test("messages of a closed tab are adopted by the next one", async () => {
  const { tab, sent } = browser()
  const before = tab("a", { online: false })
  before.outbox.add(message(null, "one"))
  before.outbox.add(message(null, "two"))
  await settled()
  before.close()
  const { outbox, acks } = tab("b")
  await outbox.adoptOrphans()
  equal(contents(outbox, null), ["one", "two"])
  await settled()
  sent[0].resolve(ack(1))
  await settled()
  equal([acks, contents(outbox, "c")], [[["one", true]], ["two"]])
})

test("a message to a deleted conversation becomes the start of a new one", async () => {
  const { tab, sent } = browser()
  const { outbox } = tab("a")
  outbox.add(message("gone", "words", { parent_id: "p", model: "m" }))
  await settled()
  sent[0].reject({ code: "not_found", message: "Gone." })
  await settled()
  const [entry] = outbox.list(null)
  equal([contents(outbox, "gone"), entry.state, entry.error.code], [[], "failed", "not_found"])
  outbox.retry(entry)
  await settled()
  equal(sent[1].payload, { conversation_id: null, content: "words", model: "m", client_message_id: "id-2" })
})

test("a message to a deleted conversation appears in its own tab, whichever tab sent it", async () => {
  const { tab, sent } = browser()
  const [a, b] = [tab("a", { online: false }), tab("b")]
  a.outbox.add(message("gone", "words"))
  b.outbox.connected()
  await settled()
  sent[0].reject({ code: "not_found", message: "Gone." })
  await settled()
  equal([contents(a.outbox, null), contents(b.outbox, null)], [["words"], []])
  equal([a.failures, b.failures], [[["words", true, null]], [["words", false, null]]])
})

test("a closed tab's message to a deleted conversation appears in the tab that sent it", async () => {
  const { tab, sent } = browser()
  const [a, b] = [tab("a", { online: false }), tab("b")]
  a.outbox.add(message("gone", "words"))
  await settled()
  a.close()
  b.outbox.connected()
  await settled()
  sent[0].reject({ code: "not_found", message: "Gone." })
  await settled()
  equal([contents(b.outbox, null), b.failures], [["words"], [["words", true, null]]])
})

test("a detached new conversation is sent apart from the next one", async () => {
  const { tab, sent } = browser()
  const [{ outbox, line, acks }, b] = [tab("a", { online: false }), tab("b", { online: false })]
  outbox.add(message(null, "one"))
  outbox.add(message(null, "and more"))
  equal([outbox.setAside(), contents(outbox, null), outbox.setAside()], [true, [], false])
  for (const one of [outbox, b.outbox]) await one.adoptOrphans()
  outbox.add(message(null, "another"))
  equal([contents(outbox, null), contents(b.outbox, null)], [["another"], []])
  line.online = true
  outbox.connected()
  await settled()
  const sentOf = (text) => sent.find(({ payload }) => payload.content === text)
  sentOf("one").resolve(ack(1))
  sentOf("another").resolve(ack(2, "d"))
  await settled()
  equal([acks.length, contents(outbox, "c"), contents(outbox, "d")], [2, ["and more"], []])
})

test("a failed detached conversation is reported and shown in the next new one", async () => {
  const { tab, sent } = browser()
  const { outbox, failures } = tab("a")
  outbox.add(message(null, "one"))
  await settled()
  outbox.setAside()
  await settled()
  for (const { reject } of sent) reject({ code: "busy", message: "Too many." })
  await settled()
  equal([failures, contents(outbox, null)], [[["one", true, null]], []])
  await outbox.adoptOrphans()
  equal([contents(outbox, null), outbox.setAside()], [["one"], false], "what needs a decision stays:")
})

test("a command without text that cannot be retried is reported as lost", async () => {
  const { tab, sent } = browser()
  const { outbox } = tab("a")
  const lost = []
  outbox.on("lost", ({ code }) => lost.push(code))
  outbox.add({ conversationId: "c", command: "regenerate", payload: { message_id: "m" }, replaces: "m" })
  await settled()
  sent[0].reject({ code: "not_found", message: "Gone." })
  await settled()
  equal([lost, outbox.empty], [["not_found"], true])
})

test("ids are UUIDs, and unreadable entries are ignored", async () => {
  const shared = new FakeBrowser()
  const place = shared.tab()
  place.storage.setItem("chatapp.outbox.broken", "{")
  const outbox = new Outbox({
    send: () => new Promise(() => {}),
    store: new OutboxStore({ storage: place.storage, window: place.window }),
    channel: place.channel("outbox"),
    tabs: { id: "a", openIds: async () => new Set(), runExclusively: (_, job) => job() },
  })
  equal(outbox.empty, true)
  const { id } = outbox.add(message("c", "x"))
  ok(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))
})
