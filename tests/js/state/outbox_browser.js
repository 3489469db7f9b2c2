import { Outbox } from "../../../static/js/state/outbox.js"
import { OutboxStore } from "../../../static/js/state/outbox_store.js"
import { FakeBrowser, FakeLocks } from "../fake_browser.js"

/** A browser whose tabs send to a server controlled by the test. */
export function browser() {
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
      store: new OutboxStore({ storage: place.storage }),
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

export const message = (conversationId, content, more = {}) => ({
  conversationId,
  command: "send_message",
  payload: { conversation_id: conversationId, content, ...more },
})
export const ack = (n, id = "c") => ({
  ok: true,
  conversation: { id },
  assistant_message_id: `answer-${n}`,
  generation_id: `generation-${n}`,
})
export const contents = (outbox, id) => outbox.list(id).map(({ payload }) => payload.content)
