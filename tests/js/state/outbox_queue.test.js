import { equal, settled, test } from "../harness.js"
import { ack, browser, contents, message } from "./outbox_browser.js"

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
