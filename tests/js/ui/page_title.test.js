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
    conversation,
    document,
    title,
    look: () => {
      document.hidden = false
      document.dispatchEvent(new Event("visibilitychange"))
    },
  }
}

test("an answer that ends in a hidden tab is marked until the tab is shown", () => {
  const { conversation, document, look } = page({ hidden: true })
  conversation.emit("finished", { status: "complete" })
  equal(document.title, "titleAnswered: talk")
  look()
  equal(document.title, "talk")
})

test("a failure is marked as such, and a stopped answer is not marked", () => {
  const { conversation, document } = page({ hidden: true })
  conversation.emit("finished", { status: "failed" })
  equal(document.title, "titleFailed: talk")
  conversation.emit("finished", { status: "stopped" })
  equal(document.title, "talk")
})

test("a visible tab is not marked", () => {
  const { conversation, document } = page({ hidden: false })
  conversation.emit("finished", { status: "complete" })
  equal(document.title, "talk")
})

test("the unread marker survives a rename", () => {
  const { conversation, document, title } = page({ hidden: true })
  conversation.emit("finished", { status: "complete" })
  title.name = "a better name"
  equal(document.title, "titleAnswered: a better name")
})
