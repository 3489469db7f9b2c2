import { Emitter } from "../../../static/js/base/emitter.js"
import { QueueView } from "../../../static/js/composer/queue_view.js"
import { equal, settled, test } from "../harness.js"

const waiting = (id, content = `text of ${id}`, revision = 1) => ({
  key: id,
  content,
  stage: "waiting",
  question: { id, parent_id: "a", client_message_id: id, content, revision },
})

/** A view of the queue of conversation "c"; `answers` are those of the server, in order. */
function open({ rows = [waiting("x"), waiting("y")], answers = [] } = {}) {
  const chat = Object.assign(new Emitter(), { id: "c", opening: false, queue: rows })
  const root = document.body.appendChild(document.createElement("section"))
  const put = []
  const said = []
  const asked = []
  let homes = 0
  const answer = async (...question) => {
    asked.push(question)
    return answers.shift()
  }
  const sendKey = { value: "enter", hint: "send", touch: false, sentence: () => "" }
  new QueueView(
    /** @type {any} */ ({
      t: (key) => key,
      chat,
      actions: {
        edit: ({ revision }, content) => answer("edit", revision, content),
        move: () => answer("move"),
        takeBack: () => answer("take back"),
      },
      announcer: { say: (key) => said.push(key) },
      length: { problem: () => null },
      sendKey,
      putBack: (text, id) => put.push([text, id]),
      home: () => {
        homes += 1
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
      },
      root,
    }),
  )
  const show = (queue, more = {}) => {
    Object.assign(chat, { queue, ...more })
    chat.emit("changed")
  }
  show(rows)
  const part = (key, name) => root.querySelector(`[data-key="${key}"] [data-testid="${name}"]`)
  return {
    put,
    said,
    asked,
    show,
    part,
    home: () => homes,
    edit: (key, text) => {
      part(key, "queue-edit").click()
      const box = part(key, "queue-editor")
      if (text !== undefined) {
        box.value = text
        box.dispatchEvent(new InputEvent("input"))
      }
      return box
    },
    close: () => root.remove(),
  }
}

test("an edit that was begun stays when another one is begun", () => {
  const view = open()
  view.edit("x", "x, but better")
  view.edit("y", "y, but better")
  equal(
    ["x", "y"].map((key) => view.part(key, "queue-editor").value),
    ["x, but better", "y, but better"],
  )
  view.close()
})

test("an edit that was left by Esc goes on with its text; one that was cancelled does not", () => {
  const view = open()
  view
    .edit("x", "half a th")
    .dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }))
  equal(view.part("x", "queue-editor"), null)
  equal(view.edit("x").value, "half a th")
  view.part("x", "queue-editor-cancel").click()
  equal(view.edit("x").value, "text of x")
  view.close()
})

test("a question that was sent meanwhile comes into the box only if it was changed", () => {
  const view = open()
  view.edit("x")
  view.edit("y", "y, but better")
  view.show([waiting("y")])
  equal([view.put, view.said], [[], []])
  view.show([])
  equal([view.put, view.said], [[["y, but better", "c"]], ["queueGone"]])
  view.close()
})

test("an edit waits while another conversation is shown, and while its own is opened again", () => {
  const view = open()
  view.edit("x", "x, but better")
  view.show([], { id: "other" })
  view.show([], { id: "c", opening: true })
  equal([view.put, view.said], [[], []])
  view.show([waiting("x")], { opening: false })
  equal(view.part("x", "queue-editor").value, "x, but better")
  view.show([], { id: "other" })
  view.show([], { id: "c" })
  equal(view.put, [["x, but better", "c"]])
  view.close()
})

test("a question that goes takes the focus of its editor to the box, of another it leaves it", () => {
  const view = open()
  view.edit("y", "y, but better")
  view.edit("x", "x, but better").focus()
  view.show([waiting("x")])
  equal([view.put.length, view.home(), document.activeElement === view.part("x", "queue-editor")], [1, 0, true])
  view.show([])
  equal([view.put.length, view.home()], [2, 1])
  view.close()
})

test("what is taken back goes to its own conversation, whichever is shown by then", async () => {
  const view = open({ answers: ["text of x"] })
  view.part("x", "queue-take-back").click()
  view.show([], { id: "other" })
  await settled()
  equal([view.put, view.home()], [[["text of x", "c"]], 0])
  view.close()
})

test("what is typed while a text is being saved is kept", async () => {
  const saved = (revision) => ({ result: "saved", revision })
  const view = open({ answers: [saved(2), saved(3)] })
  const box = view.edit("x", "one")
  view.part("x", "queue-editor-save").click()
  box.value = "one two"
  await settled()
  equal(view.part("x", "queue-editor").value, "one two")
  view.part("x", "queue-editor-save").click()
  await settled()
  equal(view.part("x", "queue-editor"), null)
  equal(view.asked, [
    ["edit", 1, "one"],
    ["edit", 2, "one two"],
  ])
  view.close()
})

test("of two that edit the later is told, and then replaces the other's text", async () => {
  const view = open({ answers: [{ result: "conflict" }, { result: "saved", revision: 6 }] })
  view.edit("x", "from here")
  view.show([waiting("x", "from there", 5), waiting("y")])
  view.part("x", "queue-editor-save").click()
  await settled()
  equal(view.part("x", "queue-editor-hint").textContent, "queueConflict")
  view.part("x", "queue-editor-save").click()
  await settled()
  equal(view.asked.at(-1), ["edit", 5, "from here"])
  equal(view.part("x", "queue-editor"), null)
  view.close()
})

test("only what was moved is said to be", async () => {
  const view = open({ answers: [false, true] })
  view.part("y", "queue-up").click()
  await settled()
  equal(view.said, [])
  view.part("y", "queue-up").click()
  await settled()
  equal(view.said, ["queueMoved"])
  view.close()
})
