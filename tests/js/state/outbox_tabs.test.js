import { equal, settled, test } from "../harness.js"
import { ack, browser, contents, message } from "./outbox_browser.js"

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
