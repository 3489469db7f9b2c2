import { ApiError, UnreachableError } from "../../../static/js/net/api.js"
import { Importer } from "../../../static/js/sidebar/importer.js"
import { equal, ok, test } from "../harness.js"

/** An importer with a scripted server; records what it shows and opens. */
function importer(...answers) {
  const log = { posted: [], toasts: [], held: 0, opened: [] }
  const api = {
    importConversations: async (text) => {
      log.posted.push(text)
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return { conversations: answer.map((id) => ({ id })) }
    },
  }
  const toasts = {
    show: (text) => log.toasts.push(text),
    hold: () => {
      log.held += 1
      return () => {
        log.held -= 1
      }
    },
  }
  const t = (key, values) => [key, ...Object.values(values ?? {})].join(" ")
  const format = { number: String }
  return [new Importer({ api, toasts, t, format, open: (id) => log.opened.push(id) }), log]
}

const file = (name = "chat.json", text = "{}") => new File([text], name, { type: "" })

test("imported conversations are counted, and the first one is opened", async () => {
  const [one, log] = importer(["b", "a"])
  await one.take([file("chat.json", '{"format": "chatapp"}')])
  equal(log, { posted: ['{"format": "chatapp"}'], toasts: ["imported 2"], held: 0, opened: ["b"] })
})

test("a byte order mark does not reach the server", async () => {
  const [one, log] = importer(["a"])
  await one.take([file("chat.json", "\uFEFF{}")])
  equal(log.posted, ["{}"])
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

test("files that are too large or not JSON are refused unread", async () => {
  const [one, log] = importer()
  const large = {
    name: "large.json",
    type: "",
    size: 64 * 1024 * 1024 + 1,
    text: () => {
      throw new Error("was read")
    },
  }
  await one.take([large])
  await one.take([file("photo.png")])
  equal(log.toasts, ["importTooLarge large.json 64", "importNotJson photo.png"])
  equal(log.posted, [])
})

test("several files are imported in order, up to the first failure", async () => {
  const [one, log] = importer(["a"], new ApiError(413, { code: "too_large", detail: "too much" }), ["never"])
  await one.take([file("1.json"), file("2.json"), file("3.json")])
  equal(log.posted.length, 2)
  equal(log.toasts, ["importFailed too much", "imported 1"])
  equal(log.opened, ["a"])
})

test("a second import is refused while one is running", async () => {
  const [one, log] = importer(["a"])
  const first = one.take([file()])
  await one.take([file()])
  equal(log.toasts, ["importRunning"])
  await first
  ok(log.toasts.includes("imported 1"))
})
