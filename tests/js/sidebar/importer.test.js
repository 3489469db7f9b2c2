import { ApiError, UnreachableError } from "../../../static/js/net/api.js"
import { Importer } from "../../../static/js/sidebar/importer.js"
import { equal, ok, test } from "../harness.js"

/** An importer with a scripted server; records what it sends, shows and opens. */
function importer(...answers) {
  const log = { posted: [], toasts: [], held: 0, said: [], opened: [], begun: 0, cancelled: 0, listed: [], actions: [] }
  const waiting = []
  const progress = []
  const api = {
    importFile: async (blob, { type, sent, signal }) => {
      log.posted.push([type, blob])
      log.sent = sent
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      if (answer === "never") {
        await new Promise((_, fail) => signal.addEventListener("abort", () => fail(new UnreachableError("aborted"))))
      }
      return answer instanceof Promise ? await answer : answer
    },
    importProgress: async () => progress.shift() ?? { phase: null },
    cancelImport: async () => {
      log.cancelled += 1
    },
  }
  const toasts = {
    show: (text, action) => {
      log.toasts.push(text)
      log.actions.push(action)
    },
    keep: (_text, action) => {
      log.held += 1
      log.cancel = action.act
      return {
        say: (now) => log.said.push(now),
        close: () => {
          log.held -= 1
        },
      }
    },
  }
  const timers = { setTimeout: (act) => waiting.push(act), clearTimeout: () => waiting.splice(0) }
  const t = (key, values) => [key, ...Object.values(values ?? {})].join(" ")
  const one = new Importer({
    api,
    toasts,
    t,
    timers,
    format: { number: String },
    dialog: { open: (result) => log.listed.push(...result.problems) },
    begins: () => {
      log.begun += 1
    },
    open: (id) => log.opened.push(id),
  })
  return [one, log, { progress, waiting }]
}

const came = (...ids) => ({ conversations: ids.map((id) => ({ id })) })
const file = (name = "chat.json", text = "{}") => new File([text], name, { type: "" })
const settled = () => new Promise((resolve) => setTimeout(resolve))

test("imported conversations are counted, and the newest one is opened", async () => {
  const [one, log] = importer(came("b", "a"))
  await one.take([file("chat.json", '{"format": "chatapp"}')])
  equal([log.posted[0][0], await log.posted[0][1].text()], ["application/json", '{"format": "chatapp"}'])
  equal([log.toasts, log.held, log.opened, log.begun], [["imported 2"], 0, ["b"], 1])
})

test("one sentence says what came, what did not, and why; the rest is a list", async () => {
  const problems = [{ title: "odd", problem: "It is odd.", detail: "x.y" }]
  const [one, log] = importer({ ...came("a"), unchanged: 3, extended: [{}], not_imported: 2, problems })
  await one.take([file()])
  equal(log.toasts, ["imported 1 importExtended 1 importUnchanged 3 importNotTaken 2 It is odd."])
  log.actions[0].act()
  equal(log.listed, problems)
})

test("if nothing is new that is all that is said", async () => {
  const [one, log] = importer({ ...came(), unchanged: 2 })
  await one.take([file()])
  equal([log.toasts, log.opened, log.actions], [["importUnchanged 2"], [], [null]])
})

test("the server's message follows our own sentence", async () => {
  const [one, log] = importer(new ApiError(400, { code: "invalid", detail: "messages[3].role: takes user" }))
  await one.take([file()])
  equal(log.toasts, ["importFailed messages[3].role: takes user"])
  equal([log.opened, log.held], [[], 0])
})

test("without a response the import is not reported as failed", async () => {
  const [one, log] = importer(new UnreachableError("unreachable"))
  await one.take([file()])
  equal(log.toasts, ["importLost"])
})

test("a file that cannot be imported does not cost the others", async () => {
  const [one, log] = importer(came("a"), new ApiError(413, { code: "too_large", detail: "too much" }), came("b"))
  await one.take([file("1.json"), file("2.json"), file("3.json")])
  equal(log.posted.length, 3)
  equal(log.toasts, ["imported 2 importFilesNot 1 too much"])
  equal(log.opened, ["a"])
})

test("other files are refused by a true sentence", async () => {
  const [one, log] = importer()
  await one.take([file("photo.png")])
  await one.take([file("chat.md")])
  equal(log.toasts, ["filesLater photo.png", "importMarkdown chat.md"])
  equal([log.posted, log.held], [[], 0])
})

test("a second import is refused while one is running", async () => {
  const [one, log] = importer(came("a"))
  const first = one.take([file()])
  await one.take([file()])
  equal(log.toasts, ["importRunning"])
  await first
  ok(log.toasts.includes("imported 1"))
})

test("progress is told while it is sent, read and stored", async () => {
  let finish
  const [one, log, { progress, waiting }] = importer(
    new Promise((resolve) => {
      finish = resolve
    }),
  )
  const taking = one.take([file()])
  await settled()
  log.sent(0.255)
  log.sent(1)
  progress.push({ phase: "waiting", done: 0, total: 0 }, { phase: "reading", done: 1, total: 3 })
  progress.push({ phase: "storing", done: 5, total: 9 })
  for (let look = 0; look < 3; look++) {
    waiting.shift()()
    await settled()
  }
  equal(log.said, ["importSending 25", "importReading 33", "importStoring 5 9"])
  finish(came("a"))
  await taking
  equal([log.held, waiting], [0, []])
})

test("an upload can be cancelled", async () => {
  const [one, log] = importer("never", came("never"))
  const taking = one.take([file("1.json"), file("2.json")])
  await settled()
  log.cancel()
  await taking
  equal([log.toasts, log.posted.length, log.cancelled], [["importCancelled"], 1, 0])
})

test("what came before it was cancelled is told", async () => {
  let finish
  const [one, log] = importer(
    new Promise((resolve) => {
      finish = resolve
    }),
  )
  const taking = one.take([file()])
  await settled()
  log.sent(1)
  log.cancel()
  equal(log.cancelled, 1, "the server ends it")
  finish({ ...came("a"), cancelled: true, left: 4 })
  await taking
  equal(log.toasts, ["imported 1 importCancelled"])
})
