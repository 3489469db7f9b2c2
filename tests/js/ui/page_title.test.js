import { Emitter } from "../../../static/js/base/emitter.js"
import { PageTitle } from "../../../static/js/ui/page_title.js"
import { equal, test } from "../harness.js"

const t = (key, { title }) => `${key}: ${title}`

function page({ hidden }) {
  const conversation = new Emitter()
  const document = Object.assign(new EventTarget(), { hidden, title: "" })
  const title = new PageTitle({ conversation, t, document })
  title.name = "talk"
  return {
    conversation, document, title,
    look: () => { document.hidden = false; document.dispatchEvent(new Event("visibilitychange")) },
  }
}

test("an answer that ends while nobody looks is told until somebody does", () => {
  const { conversation, document, look } = page({ hidden: true })
  conversation.emit("finished", { status: "complete" })
  equal(document.title, "titleAnswered: talk")
  look()
  equal(document.title, "talk")
})

test("a failure is told as one, and what somebody stopped is no news", () => {
  const { conversation, document } = page({ hidden: true })
  conversation.emit("finished", { status: "failed" })
  equal(document.title, "titleFailed: talk")
  conversation.emit("finished", { status: "stopped" })
  equal(document.title, "talk")
})

test("before the reader's eyes nothing is told", () => {
  const { conversation, document } = page({ hidden: false })
  conversation.emit("finished", { status: "complete" })
  equal(document.title, "talk")
})

test("news outlast a new name", () => {
  const { conversation, document, title } = page({ hidden: true })
  conversation.emit("finished", { status: "complete" })
  title.name = "a better name"
  equal(document.title, "titleAnswered: a better name")
})
