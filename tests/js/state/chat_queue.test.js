import { Emitter } from "../../../static/js/base/emitter.js"
import { Chat } from "../../../static/js/state/chat.js"
import { Conversation } from "../../../static/js/state/conversation.js"
import { FakeServer } from "../fake_server.js"
import { equal, settled, test } from "../harness.js"
import { browser } from "./outbox_browser.js"

const queued = (id, more = {}) => ({
  id,
  parent_id: "a",
  client_message_id: `sent-${id}`,
  content: `text of ${id}`,
  revision: 1,
  ...more,
})

/** A chat on a conversation whose answer runs, or has ended with a status; with these queued questions. */
function open({ status = "running", questions = [] } = {}) {
  const server = new FakeServer()
  if (status !== "running") server.end(status)
  const { tab, sent } = browser()
  const { outbox } = tab("a")
  const conversation = new Conversation(() => 0)
  conversation.open({ ...server.snapshot(), queue: { revision: 1, questions } })
  const connection = Object.assign(new Emitter(), { state: "connected" })
  const chat = new Chat({
    connection,
    conversation,
    outbox,
    sync: { id: "c", expect() {} },
    router: {},
    models: { current: "m" },
    settings: { own: {}, forNew: {} },
  })
  const events = []
  chat.on("sent", () => events.push("sent")).on("queued", () => events.push("queued"))
  return { chat, conversation, sent, events, server }
}

const rows = (chat) => chat.queue.map(({ content, stage }) => [content, stage])

test("a question below a running answer is shown as one that waits, before and after its ack", async () => {
  const { chat, conversation, sent, events } = open()
  chat.send("next")
  await settled()
  equal(
    [sent[0].payload.queue, sent[0].payload.parent_id, events, rows(chat)],
    [true, "a", ["queued"], [["next", "sending"]]],
  )
  equal(chat.items.length, 2, "it is no message of the thread:")
  const question = queued("x", { client_message_id: sent[0].payload.client_message_id, content: "next" })
  conversation.applyQueue({ conversation_id: "c", queue: { revision: 2, questions: [question] }, question })
  equal(rows(chat), [["next", "waiting"]], "shown once:")
  sent[0].resolve({ ok: true, conversation: { id: "c", revision: 1 }, queued: question })
  await settled()
  equal([rows(chat), chat.unsent], [[["next", "waiting"]], []])
})

test("a question after a complete answer is sent at once", async () => {
  const { chat, sent, events } = open({ status: "complete" })
  chat.send("next")
  await settled()
  equal([sent[0].payload.queue, events, rows(chat)], [true, ["sent"], []])
})

test("after an answer that is not complete the queue is held, and a new question passes it", async () => {
  for (const status of ["stopped", "failed", "interrupted"]) {
    const { chat, sent, events } = open({ status, questions: [queued("x")] })
    equal(rows(chat), [["text of x", "held"]], status)
    chat.send("rather this")
    await settled()
    equal(["queue" in sent[0].payload, events], [false, ["sent"]], status)
  }
})

test("in the moment between two answers the queue is not shown as held", () => {
  const { chat, conversation, server } = open({ questions: [queued("x"), queued("y")] })
  const [name, payload] = server.end("complete")
  conversation.applyFact(name, payload)
  equal(rows(chat), [
    ["text of x", "waiting"],
    ["text of y", "waiting"],
  ])
  const message = { id: "u2", parent_id: "a", role: "user", client_message_id: "sent-x", sibling_ids: ["u2"] }
  conversation.applyFact(...server.fact("message_added", { message }))
  equal(rows(chat), [["text of y", "waiting"]], "what has become a message does not wait:")
})

test("what waits below another version is shown as such, last", () => {
  const { chat } = open({ questions: [queued("x", { parent_id: "other" }), queued("y")] })
  equal(rows(chat), [
    ["text of y", "waiting"],
    ["text of x", "elsewhere"],
  ])
})

test("after a missed change the conversation is opened again", () => {
  const { conversation } = open()
  const asked = []
  conversation.on("reopen", () => asked.push("reopen"))
  conversation.applyQueue({ conversation_id: "other", queue: { revision: 9, questions: [] } })
  conversation.applyQueue({ conversation_id: "c", queue: { revision: 9, questions: [] } })
  equal(asked, ["reopen"])
})
