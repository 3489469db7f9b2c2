import { EntryLog } from "../../../static/js/net/entry_log.js"
import { equal, ok, seeded, test } from "../harness.js"

const entry = (seq, text = `${seq} `) => ({ seq, kind: "text", text })
const end = (seq) => ({ seq, kind: "end" })
const textOf = (entries) => entries.map(({ text }) => text ?? "").join("")

test("entries in order are applied at once, each of them once", () => {
  const log = new EntryLog()
  equal(textOf(log.accept(entry(1))), "1 ")
  equal(textOf(log.accept(entry(2))), "2 ")
  equal(textOf(log.accept(entry(2))), "")
  equal(textOf(log.accept(entry(1))), "")
  equal(log.last, 2)
})

test("an entry after a gap waits and needs a resume", () => {
  const log = new EntryLog()
  log.accept(entry(1))
  equal(textOf(log.accept(entry(3))), "")
  ok(log.needsResume)
  equal(textOf(log.accept(entry(2))), "2 3 ")
  ok(!log.needsResume)
})

test("live entries wait for a running resume", () => {
  const log = new EntryLog()
  log.accept(entry(1))
  log.accept(entry(4))
  equal(log.hold(), 1)
  ok(!log.needsResume, "one question at a time")
  equal(textOf(log.accept(entry(2))), "")
  equal(textOf(log.accept(entry(5))), "")
  equal(textOf(log.fill(1, [{ seq: 4, kind: "text", text: "2 3 4 " }], 4)), "2 3 4 5 ")
  equal(log.last, 5)
})

test("the response to an outdated resume is ignored", () => {
  const log = new EntryLog()
  const after = log.hold()
  equal(textOf(log.fill(after, [{ seq: 2, kind: "text", text: "1 2 " }], 2)), "1 2 ")
  equal(textOf(log.fill(0, [{ seq: 3, kind: "text", text: "1 2 3 " }], 3)), "")
  equal(log.last, 2)
})

test("a failed resume releases the waiting entries", () => {
  const log = new EntryLog()
  log.hold()
  equal(textOf(log.accept(entry(1))), "")
  equal(textOf(log.release()), "1 ")
})

test("nothing is applied after the end", () => {
  const log = new EntryLog()
  log.accept(entry(1))
  log.accept(end(2))
  ok(log.ended)
  equal(log.accept(entry(3)), [])
  ok(!log.needsResume)
})

test("resumes complete the text, whatever is lost, repeated or reordered", () => {
  for (let seed = 1; seed <= 400; seed += 1) {
    const random = seeded(seed)
    const all = Array.from({ length: 1 + random(40) }, (_, index) => entry(index + 1))
    const log = new EntryLog()
    let text = ""
    for (const one of schedule(all, random)) {
      text += textOf(log.accept(one))
      if (log.needsResume && random(2)) text += resumed(log, all, random)
    }
    text += resumed(log, all, random)
    equal(text, textOf(all), `seed ${seed}:`)
  }
})

/** A random schedule of entries: dropped, in order, late, or twice. */
function schedule(all, random) {
  const timed = all.flatMap((one) => {
    const copies = [0, 1, 1, 1, 2][random(5)]
    return Array.from({ length: copies }, () => ({ one, at: one.seq + (random(3) ? 0 : random(12)) }))
  })
  return timed.sort((a, b) => a.at - b.at).map(({ one }) => one)
}

/** A resume, with live entries in between. */
function resumed(log, all, random) {
  const after = log.hold()
  const during = all.filter(() => random(4) === 0).flatMap((one) => log.accept(one))
  equal(during, [], "held:")
  const rest = all.slice(after)
  const entries = rest.length ? [{ seq: all.length, kind: "text", text: textOf(rest) }] : []
  return textOf(log.fill(after, entries, all.length))
}
