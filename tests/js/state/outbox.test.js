import { CommandError } from "../../../static/js/net/connection.js"
import { Outbox } from "../../../static/js/state/outbox.js"
import { OutboxStore } from "../../../static/js/state/outbox_store.js"
import { FakeBrowser } from "../fake_browser.js"
import { equal, ok, settled, test } from "../harness.js"
import { ack, browser, contents, message } from "./outbox_browser.js"

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

test("a message that its model refused goes to another one under the same id", async () => {
  const { tab, sent } = browser()
  const { outbox } = tab("a")
  outbox.add(message("c", "x"))
  await settled()
  sent[0].reject({ code: "rate_limited", message: "Used up.", retryAfter: 9, scope: "model" })
  await settled()
  const [entry] = outbox.list("c")
  equal(entry.error, { code: "rate_limited", message: "Used up.", retry_after: 9, scope: "model" })
  outbox.retry(entry, { model: "other" })
  await settled()
  equal(sent[1].payload, { ...sent[0].payload, model: "other" })
})

test("what the operator does not allow is kept with the words that say so", async () => {
  const { tab, sent } = browser()
  const { outbox } = tab("a")
  outbox.add(message(null, "x", { options: { top_k: 9 } }))
  await settled()
  const said = { code: "invalid", message: "Too large.", reason: "not_allowed", detail: { text: "t", values: {} } }
  sent[0].reject(new CommandError(said))
  await settled()
  const [entry] = outbox.list(null)
  equal(entry.error, { ...said, retry_after: null })
  outbox.retry(entry, { options: undefined })
  await settled()
  equal(JSON.parse(JSON.stringify(sent[1].payload)), { conversation_id: null, content: "x", client_message_id: "id-1" })
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

test("an unavailable server without a retry time is retried after a second", async () => {
  const { tab, sent, later } = browser()
  const { outbox } = tab("a")
  outbox.add(message("c", "one"))
  await settled()
  sent[0].reject(new CommandError({ code: "unavailable", message: "Restarting." }))
  await settled()
  equal([sent.length, later.map(([, ms]) => ms)], [1, [1000]])
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
    store: new OutboxStore({ storage: place.storage }),
    channel: place.channel("outbox"),
    tabs: { id: "a", openIds: async () => new Set(), runExclusively: (_, job) => job() },
  })
  equal(outbox.empty, true)
  const { id } = outbox.add(message("c", "x"))
  ok(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))
})
