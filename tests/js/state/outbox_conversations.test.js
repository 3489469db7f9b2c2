import { equal, settled, test } from "../harness.js"
import { ack, browser, contents, message } from "./outbox_browser.js"

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
