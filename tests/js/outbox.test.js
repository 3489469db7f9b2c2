import { Outbox } from "../../static/js/outbox.js"
import { equal, ok, settled, test } from "./harness.js"

class Storage extends Map {
  getItem(key) { return this.get(key) ?? null }
  setItem(key, value) { this.set(key, value) }
}

/** A way out that the test answers by hand. */
function wire() {
  const sent = []
  const send = (command, payload) => new Promise((resolve, reject) => sent.push({ command, payload, resolve, reject }))
  return { sent, send }
}

const message = (conversationId, content) => (
  { conversationId, command: "send_message", payload: { conversation_id: conversationId, content } }
)

test("a message is shown as sending until its ack, and sent once", async () => {
  const { sent, send } = wire()
  const outbox = new Outbox({ send, storage: new Storage() })
  const acks = []
  outbox.on("sent", (entry, ack) => acks.push([entry.payload.content, ack.ok]))
  outbox.add(message("c", "hello"))
  equal(outbox.of("c").state, "sending")
  equal(outbox.of("other"), null)
  sent[0].resolve({ ok: true })
  await settled()
  equal(outbox.of("c"), null)
  equal(acks, [["hello", true]])
  equal(sent.length, 1)
})

test("what was not acknowledged outlives a reload, with its client_message_id", async () => {
  const storage = new Storage()
  const before = wire()
  new Outbox({ send: before.send, storage }).add(message(null, "안녕"))
  const after = wire()
  const outbox = new Outbox({ send: after.send, storage })
  equal(outbox.of(null).payload.content, "안녕")
  equal(after.sent.length, 0, "before the page is ready:")
  outbox.start()
  equal(after.sent[0].payload, before.sent[0].payload)
  ok(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(after.sent[0].payload.client_message_id))
  after.sent[0].resolve({ ok: true })
  await settled()
  equal(JSON.parse(storage.getItem("chatapp.outbox")), [])
})

test("what the server refuses is kept with its error, and sent again only when asked", async () => {
  const { sent, send } = wire()
  const storage = new Storage()
  const outbox = new Outbox({ send, storage })
  const entry = outbox.add(message("c", "x"))
  sent[0].reject({ code: "busy", message: "Too many.", retryAfter: 3 })
  await settled()
  equal(outbox.of("c").state, "failed")
  equal(outbox.of("c").error, { code: "busy", message: "Too many.", retry_after: 3 })
  new Outbox({ send, storage }).start()
  equal(sent.length, 1)
  outbox.retry(entry)
  equal(sent[1].payload, sent[0].payload)
  outbox.discard(entry)
  equal(outbox.of("c"), null)
})
