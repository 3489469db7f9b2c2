import { Toasts } from "../../../static/js/ui/toasts.js"
import { equal, test } from "../harness.js"

/** Toasts with a clock that a test moves on. */
function toasts() {
  const root = document.body.appendChild(document.createElement("div"))
  const waiting = new Map()
  const timers = {
    setTimeout: (act) => { waiting.set(waiting.size + 1, act); return waiting.size },
    clearTimeout: (id) => waiting.set(id, () => {}),
  }
  const shown = () => [...root.querySelectorAll(".toast__text")].map(({ textContent }) => textContent)
  const pass = () => { for (const [id, act] of [...waiting]) { waiting.set(id, () => {}); act() } }
  return { it: new Toasts({ root, t: (key) => key, timers }), root, shown, pass }
}

test("a message goes by itself, and what is held stays until it is let go", () => {
  const { it, shown, pass } = toasts()
  const done = it.hold("importing")
  it.show("copied")
  equal(shown(), ["importing", "copied"])
  pass()
  equal(shown(), ["importing"])
  done()
  equal(shown(), [])
})

test("a message waits while the focus is in it, and its time begins again afterwards", () => {
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

test("a message waits while a dialog lies over it", () => {
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

test("of many messages the newest three are kept", () => {
  const { it, shown } = toasts()
  for (const text of ["a", "b", "c", "d"]) it.show(text)
  equal(shown(), ["b", "c", "d"])
})

test("a deed is done once, and its message goes", () => {
  const { it, root, shown } = toasts()
  const done = []
  it.show("deleted", { label: "undo", act: () => done.push("undo") })
  root.querySelector(".toast__deed").click()
  equal([done, shown()], [["undo"], []])
})

test("what offers something makes way for nothing that does not, and for no held one", () => {
  const { it, shown } = toasts()
  it.hold("importing")
  it.show("deleted", { label: "undo", act: () => {} })
  for (const text of ["copied", "pinned"]) it.show(text)
  equal(shown(), ["importing", "deleted", "pinned"])
})

test("the newest way back is taken, and what leads elsewhere is none", () => {
  const { it, shown } = toasts()
  const done = []
  const offer = (name, more = {}) => it.show(name, { label: name, act: () => done.push(name), ...more })
  offer("first")
  offer("second")
  offer("elsewhere", { undoes: false })
  equal([it.undo(), done, shown()], [true, ["second"], ["first", "elsewhere"]])
  equal([it.undo(), it.undo(), done], [true, false, ["second", "first"]])
})

test("what is said again is shown once, and its time begins again", () => {
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
