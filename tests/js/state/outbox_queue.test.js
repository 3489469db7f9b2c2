import { equal, settled, test } from "../harness.js"
import { ack, browser, contents, message } from "./outbox_browser.js"

test("several messages go out in order, each as soon as the one before has its ack, to wait on the server", async () => {
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
  const below = { conversation_id: "c", parent_id: "answer-1", queue: true }
  equal(sent[1].payload, { ...below, content: "two", client_message_id: "id-2" })
  sent[1].resolve({ ok: true, conversation: { id: "c" }, queued: { parent_id: "answer-1" } })
  await settled()
  equal(sent[2].payload, { ...below, content: "three", client_message_id: "id-3" })
})

test("a question behind one that did not have to wait follows its answer", async () => {
  const { tab, sent } = browser()
  const { outbox } = tab("a")
  for (const text of ["one", "two", "three"]) outbox.add(message("c", text))
  for (const n of [1, 2]) {
    await settled()
    sent.at(-1).resolve(ack(n))
  }
  await settled()
  equal(
    sent.map(({ payload }) => payload.parent_id),
    [undefined, "answer-1", "answer-2"],
  )
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
