import { Toasts } from "../../../static/js/ui/toasts.js"
import { equal, test } from "../harness.js"

/** Toasts with a clock controlled by the test. */
function toasts() {
  const root = document.body.appendChild(document.createElement("div"))
  const waiting = new Map()
  const timers = {
    setTimeout: (act) => {
      waiting.set(waiting.size + 1, act)
      return waiting.size
    },
    clearTimeout: (id) => waiting.set(id, () => {}),
  }
  const shown = () => [...root.querySelectorAll(".toast__text")].map(({ textContent }) => textContent)
  const pass = () => {
    for (const [id, act] of [...waiting]) {
      waiting.set(id, () => {})
      act()
    }
  }
  return { it: new Toasts({ root, t: (key) => key, timers }), root, shown, pass }
}

test("a toast disappears by itself, a held one when it is closed", () => {
  const { it, shown, pass } = toasts()
  const { close: done } = it.keep("importing", null)
  it.show("copied")
  equal(shown(), ["importing", "copied"])
  pass()
  equal(shown(), ["importing"])
  done()
  equal(shown(), [])
})

test("a focused toast stays, and its timer restarts afterwards", () => {
  const { it, root, shown, pass } = toasts()
  it.show("deleted", { label: "undo", act: () => {} })
  root.querySelector(".toast__deed").focus()
  pass()
  equal(shown(), ["deleted"])
  root.querySelector(".toast__deed").blur()
  equal(shown(), ["deleted"])
  pass()
  equal(shown(), [])
})

test("a toast stays while a dialog covers it", () => {
  const { it, shown, pass } = toasts()
  const dialog = document.body.appendChild(document.createElement("dialog"))
  it.show("deleted", { label: "undo", act: () => {} })
  dialog.showModal()
  pass()
  pass()
  equal(shown(), ["deleted"])
  dialog.close()
  pass()
  equal(shown(), [])
  dialog.remove()
})

test("at most three toasts are shown", () => {
  const { it, shown } = toasts()
  for (const text of ["a", "b", "c", "d"]) it.show(text)
  equal(shown(), ["b", "c", "d"])
})

test("an action runs once and closes its toast", () => {
  const { it, root, shown } = toasts()
  const done = []
  it.show("deleted", { label: "undo", act: () => done.push("undo") })
  root.querySelector(".toast__deed").click()
  equal([done, shown()], [["undo"], []])
})

test("toasts with actions and held ones outlast plain ones", () => {
  const { it, shown } = toasts()
  it.keep("importing", null)
  it.show("deleted", { label: "undo", act: () => {} })
  for (const text of ["copied", "pinned"]) it.show(text)
  equal(shown(), ["importing", "deleted", "pinned"])
})

test("undo runs the newest undo action only", () => {
  const { it, shown } = toasts()
  const done = []
  const offer = (name, more = {}) => it.show(name, { label: name, act: () => done.push(name), ...more })
  offer("first")
  offer("second")
  offer("elsewhere", { undoes: false })
  equal([it.undo(), done, shown()], [true, ["second"], ["first", "elsewhere"]])
  equal([it.undo(), it.undo(), done], [true, false, ["second", "first"]])
})

test("a repeated toast is shown once, and its timer restarts", () => {
  const { it, root, shown, pass } = toasts()
  it.show("unreachable")
  it.show("other")
  const [first] = root.querySelectorAll(".toast")
  it.show("unreachable")
  equal(shown(), ["other", "unreachable"])
  equal(first.isConnected, false)
  it.show("deleted", { label: "undo", act: () => {} })
  it.show("deleted", { label: "undo", act: () => {} })
  equal(shown(), ["unreachable", "deleted", "deleted"])
  pass()
  equal(shown(), [])
})
