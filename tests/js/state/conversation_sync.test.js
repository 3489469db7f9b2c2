import { Emitter } from "../../../static/js/base/emitter.js"
import { Conversation } from "../../../static/js/state/conversation.js"
import { ConversationCache } from "../../../static/js/state/conversation_cache.js"
import { ConversationSync } from "../../../static/js/state/conversation_sync.js"
import { FakeServer } from "../fake_server.js"
import { equal, settled, test } from "../harness.js"

/** A ConversationSync over a connection whose acks are given by the test. */
function setUp() {
  const requests = []
  const connection = Object.assign(new Emitter(), {
    state: "connected",
    command: (name, payload) =>
      new Promise((resolve, reject) => {
        requests.push({ name, payload, resolve, reject })
      }),
  })
  const conversation = new Conversation()
  const sync = new ConversationSync({
    connection,
    conversation,
    memory: new ConversationCache(),
    setInterval: () => {},
  })
  const lost = []
  sync.on("lost", () => lost.push(sync.id))
  return { sync, connection, conversation, requests, lost }
}

test("a snapshot that was lost with the connection is requested smaller", async () => {
  const { sync, connection, conversation, requests } = setUp()
  sync.show("c", { messages: 400 })
  equal(requests[0].payload.limit, 400)
  requests[0].reject({ code: "disconnected" })
  await settled()
  connection.emit("connected")
  equal(requests[1].payload.limit, 30)
  requests[1].resolve(new FakeServer().snapshot())
  await settled()
  equal(conversation.id, "c")
})

test("a missing conversation is reported as lost", async () => {
  const { sync, requests, lost } = setUp()
  sync.show("gone")
  requests[0].reject({ code: "not_found" })
  await settled()
  equal(lost, ["gone"])
})
